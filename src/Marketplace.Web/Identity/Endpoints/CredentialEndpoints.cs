using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Sessions;

namespace Marketplace.Web.Identity.Endpoints;

/// <summary><c>/api-keys</c>, <c>/oauth-clients</c>, <c>/sessions</c>.</summary>
internal static class CredentialEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/api-keys").WithTags("Credentials");
        group.MapGet("", ListKeysAsync).RequirePermission(Permission.TeamRead).WithSummary("List API keys");
        group.MapGet("/{keyId}", GetKeyAsync).RequirePermission(Permission.TeamRead).WithSummary("Read an API key");
        group
            .MapPost("", CreateKeyAsync)
            .RequirePermission(Permission.TeamWrite)
            .WithSummary("Make an API key; the secret is in this answer only");
        group.MapDelete("/{keyId}", RevokeKeyAsync).RequirePermission(Permission.TeamWrite).WithSummary("Revoke an API key");
    }

    public static void MapOAuthClients(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/oauth-clients").WithTags("Credentials");
        group.MapGet("", ListClientsAsync).RequirePermission(Permission.TeamRead).WithSummary("List OAuth clients");
        group.MapGet("/{clientId}", GetClientAsync).RequirePermission(Permission.TeamRead).WithSummary("Read an OAuth client");
        group
            .MapPost("", CreateClientAsync)
            .RequirePermission(Permission.TeamWrite)
            .WithSummary("Make an OAuth client; the secret is in this answer only");
        group.MapDelete("/{clientId}", RevokeClientAsync).RequirePermission(Permission.TeamWrite).WithSummary("Revoke an OAuth client");
    }

    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/sessions").WithTags("Credentials");
        group.MapGet("", ListSessionsAsync).RequirePermission(Permission.TeamWrite).WithSummary("List the members' open portal sessions");
        group
            .MapDelete("/{sessionId}", EndSessionAsync)
            .RequirePermission(Permission.TeamWrite)
            .WithSummary("End a member's portal session");
    }

    private static async Task<ApiPage<CredentialView>> ListKeysAsync(
        [AsParameters] ListParameters list,
        ApiKeys keys,
        CancellationToken ct
    ) => Paged.From(await keys.ListAsync(ct), list, k => k.Id, k => $"{k.Name} {k.Hint} {k.Id}");

    private static async Task<ApiResult<CredentialView>> GetKeyAsync(string keyId, ApiKeys keys, CancellationToken ct) =>
        (await keys.FindAsync(keyId, ct)).ToResult();

    private static async Task<ApiCreated<CreatedCredential>> CreateKeyAsync(CreateCredential body, ApiKeys keys, CancellationToken ct) =>
        (await keys.CreateAsync(body, ct)).ToCreated(k => $"/api/v1/api-keys/{k.Id}");

    private static async Task<ApiDone> RevokeKeyAsync(string keyId, ApiKeys keys, CancellationToken ct) =>
        (await keys.RevokeAsync(keyId, ct)).ToNoContent();

    private static async Task<ApiPage<CredentialView>> ListClientsAsync(
        [AsParameters] ListParameters list,
        OAuthClients clients,
        CancellationToken ct
    ) => Paged.From(await clients.ListAsync(ct), list, k => k.Id, k => $"{k.Name} {k.Id}");

    private static async Task<ApiResult<CredentialView>> GetClientAsync(string clientId, OAuthClients clients, CancellationToken ct) =>
        (await clients.FindAsync(clientId, ct)).ToResult();

    private static async Task<ApiCreated<CreatedCredential>> CreateClientAsync(
        CreateCredential body,
        OAuthClients clients,
        CancellationToken ct
    ) => (await clients.CreateAsync(body, ct)).ToCreated(k => $"/api/v1/oauth-clients/{k.Id}");

    private static async Task<ApiDone> RevokeClientAsync(string clientId, OAuthClients clients, CancellationToken ct) =>
        (await clients.RevokeAsync(clientId, ct)).ToNoContent();

    private static async Task<ApiPage<TeamSessionView>> ListSessionsAsync(
        [AsParameters] ListParameters list,
        TeamSessions sessions,
        CancellationToken ct
    ) => Paged.From(await sessions.ListAsync(ct), list, s => s.Id, s => $"{s.Name} {s.Device} {s.Id}");

    private static async Task<ApiDone> EndSessionAsync(string sessionId, TeamSessions sessions, CancellationToken ct) =>
        (await sessions.EndAsync(sessionId, ct)).ToNoContent();
}
