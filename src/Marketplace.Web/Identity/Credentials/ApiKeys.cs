using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>API keys of the acting organisation.</summary>
internal sealed class ApiKeys(
    MarketplaceDbContext db,
    ActorContext actor,
    CredentialRules rules,
    CredentialList list,
    IdFactory ids,
    TimeProvider time
)
{
    public Task<Outcome<IReadOnlyList<CredentialView>>> ListAsync(CancellationToken ct) => list.ReadAsync<ApiKey>(ct);

    public Task<Outcome<CredentialView>> FindAsync(string id, CancellationToken ct) => list.FindAsync<ApiKey>(id, "API key", ct);

    public async Task<Outcome<CreatedCredential>> CreateAsync(CreateCredential request, CancellationToken ct)
    {
        if (rules.Check(request) is { } problem)
            return problem;
        string secret = Secret.New(ApiKey.SecretPrefix);
        var key = new ApiKey
        {
            Id = ids.New(IdPrefix.ApiKey),
            PartyId = actor.Current.PartyId,
            Name = request.Name.Trim(),
            Prefix = Secret.Shown(secret, ApiKey.SecretPrefix),
            Hash = Secret.Hash(secret),
            Scopes = [.. request.Scopes.Distinct()],
            Role = request.Role ?? rules.Highest,
            CreatedBy = actor.Current.Name,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = request.ExpiresAt,
        };
        db.Add(key);
        db.Audit("credential.created", "API key", key.Id, $"{key.Name}, {key.Role}: {string.Join(' ', key.Scopes)}");
        await db.SaveChangesAsync(ct);
        return new CreatedCredential(key.Id, secret, rules.View(key));
    }

    /// <summary>It stops working with the next request.</summary>
    public Task<Outcome<Done>> RevokeAsync(string id, CancellationToken ct) => list.RevokeAsync<ApiKey>(id, "API key", ct);
}

/// <summary>OAuth clients of the acting organisation.</summary>
internal sealed class OAuthClients(
    MarketplaceDbContext db,
    ActorContext actor,
    CredentialRules rules,
    CredentialList list,
    IdFactory ids,
    TimeProvider time
)
{
    public Task<Outcome<IReadOnlyList<CredentialView>>> ListAsync(CancellationToken ct) => list.ReadAsync<OAuthClient>(ct);

    public Task<Outcome<CredentialView>> FindAsync(string id, CancellationToken ct) => list.FindAsync<OAuthClient>(id, "OAuth client", ct);

    public async Task<Outcome<CreatedCredential>> CreateAsync(CreateCredential request, CancellationToken ct)
    {
        if (rules.Check(request) is { } problem)
            return problem;
        string secret = Secret.New(OAuthClient.SecretPrefix);
        var client = new OAuthClient
        {
            Id = ids.New(IdPrefix.OAuthClient),
            PartyId = actor.Current.PartyId,
            Name = request.Name.Trim(),
            SecretHash = Secret.Hash(secret),
            Scopes = [.. request.Scopes.Distinct()],
            Role = request.Role ?? rules.Highest,
            CreatedBy = actor.Current.Name,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = request.ExpiresAt,
        };
        db.Add(client);
        db.Audit("credential.created", "OAuth client", client.Id, $"{client.Name}, {client.Role}: {string.Join(' ', client.Scopes)}");
        await db.SaveChangesAsync(ct);
        return new CreatedCredential(client.Id, secret, rules.View(client));
    }

    /// <summary>It gets no more tokens, and those it has stop working.</summary>
    public Task<Outcome<Done>> RevokeAsync(string id, CancellationToken ct) => list.RevokeAsync<OAuthClient>(id, "OAuth client", ct);
}
