using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Credentials;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>API keys and OAuth clients. A secret is shown once, right after it was made.</summary>
public partial class ApiAccessPage
{
    [Inject]
    private PortalActions Portal { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private bool MayChange { get; set; }
    private bool Creating { get; set; }
    private string Kind { get; set; } = "key";
    private string? Name { get; set; }
    private int ExpiryDays { get; set; } = 90;
    private HashSet<string> Chosen { get; } = new(StringComparer.Ordinal);
    private FormErrors CreateErrors { get; } = new();
    private CreatedCredential? Made { get; set; }
    private CredentialView? Victim { get; set; }
    private bool Revoking { get; set; }
    private string? Failure { get; set; }
    private CredentialGrid Keys { get; set; } = default!;
    private CredentialGrid Clients { get; set; } = default!;

    /// <summary>Only what the organisation and the role can do anyway: a scope that never works is no choice.</summary>
    private IReadOnlyList<string> Scopes { get; set; } = [];

    private IReadOnlyList<Choice<int>> Expiries =>
        [new(30, T["Api.Days", 30]), new(90, T["Api.Days", 90]), new(365, T["Api.Days", 365]), new(0, T["Api.Never"])];

    private string Example =>
        Kind == "client"
            ? $"curl -u {Made!.Id}:{Made.Secret} -d grant_type=client_credentials {Navigation.BaseUri}connect/token"
            : $"curl -H \"Authorization: Bearer {Made!.Secret}\" {Navigation.BaseUri}api/v1/organizations/me";

    protected override async Task OnInitializedAsync()
    {
        Actor actor = (await Portal.PersonAsync()).Actor;
        MayChange = actor.Allows(Permission.TeamWrite);
        Scopes = [.. Enum.GetValues<Permission>().Where(actor.Allows).Select(Permissions.ScopeOf)];
    }

    private Task<Outcome<IReadOnlyList<CredentialView>>> LoadKeysAsync(CancellationToken ct) =>
        Portal.RunAsync<ApiKeys, Outcome<IReadOnlyList<CredentialView>>>(keys => keys.ListAsync(ct));

    private Task<Outcome<IReadOnlyList<CredentialView>>> LoadClientsAsync(CancellationToken ct) =>
        Portal.RunAsync<OAuthClients, Outcome<IReadOnlyList<CredentialView>>>(clients => clients.ListAsync(ct));

    private void Start(string kind)
    {
        (Kind, Creating, Made, Name, ExpiryDays) = (kind, true, null, null, 90);
        Chosen.Clear();
        CreateErrors.Clear();
    }

    private void Choose(string scope, bool on)
    {
        if (on)
            Chosen.Add(scope);
        else
            Chosen.Remove(scope);
    }

    private async Task CreateAsync()
    {
        DateTimeOffset? expires = ExpiryDays == 0 ? null : Time.GetUtcNow().AddDays(ExpiryDays);
        var request = new CreateCredential(Name ?? "", [.. Chosen.Order(StringComparer.Ordinal)], expires);
        var made =
            Kind == "client"
                ? await Portal.RunAsync<OAuthClients, Outcome<CreatedCredential>>(clients =>
                    clients.CreateAsync(request, CancellationToken.None)
                )
                : await Portal.RunAsync<ApiKeys, Outcome<CreatedCredential>>(keys => keys.CreateAsync(request, CancellationToken.None));
        if (!made.IsOk)
        {
            CreateErrors.Set(made.Problem);
            return;
        }
        (Made, Creating) = (made.Value, false);
        await GridOf(Kind).ReloadAsync();
    }

    private void StartRevoke(string kind, CredentialView credential) => (Kind, Victim, Failure, Revoking) = (kind, credential, null, true);

    private async Task<bool> RevokeAsync()
    {
        string id = Victim!.Id;
        var done =
            Kind == "client"
                ? await Portal.RunAsync<OAuthClients, Outcome<Done>>(clients => clients.RevokeAsync(id, CancellationToken.None))
                : await Portal.RunAsync<ApiKeys, Outcome<Done>>(keys => keys.RevokeAsync(id, CancellationToken.None));
        Failure = done.Problem?.Detail;
        if (done.IsOk)
            await GridOf(Kind).ReloadAsync();
        return done.IsOk;
    }

    private CredentialGrid GridOf(string kind) => kind == "client" ? Clients : Keys;
}
