using System.Collections.Frozen;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>Whether a program's secret or token counts now, and for whom it acts.</summary>
internal sealed class CredentialCheck(IServiceScopeFactory scopes, ActorResolver actors, AccessTokens tokens, TimeProvider time)
{
    // last_used_at answers "is anybody using this", for which a minute is fine enough.
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);

    public static Problem Wrong(string why) =>
        new(
            ProblemKind.Forbidden,
            "invalid-credential",
            "This credential does not count",
            why + " Make a new one under API access in the portal."
        );

    public async Task<Outcome<Actor>> OfApiKeyAsync(string secret, CancellationToken ct)
    {
        byte[] hash = Secret.Hash(secret);
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        var key = await db.Set<ApiKey>().AsNoTracking().SingleOrDefaultAsync(k => k.Hash == hash, ct);
        return key is null ? Wrong("There is no such API key.") : await ActorAsync(db, key, key.Scopes, ct);
    }

    public async Task<Outcome<Actor>> OfTokenAsync(string token, CancellationToken ct)
    {
        if (await tokens.ReadAsync(token, ct) is not { } grant)
            return Wrong("The access token is malformed, expired, or not from here.");
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        var client = await db.Set<OAuthClient>()
            .AsNoTracking()
            .SingleOrDefaultAsync(c => c.Id == grant.ClientId && c.PartyId == grant.PartyId, ct);
        return client is null
            ? Wrong("The token's client is gone.")
            : await ActorAsync(db, client, client.Scopes.Intersect(grant.Scopes, StringComparer.Ordinal), ct);
    }

    /// <summary>The client behind an id and secret; null when either is wrong or it no longer counts.</summary>
    public async Task<OAuthClient?> ClientAsync(string clientId, string secret, CancellationToken ct)
    {
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        var client = await db.Set<OAuthClient>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == clientId, ct);
        return client is not null && Secret.Matches(secret, client.SecretHash) && client.IsGood(time.GetUtcNow()) ? client : null;
    }

    private async Task<Outcome<Actor>> ActorAsync<T>(
        MarketplaceDbContext db,
        T credential,
        IEnumerable<string> granted,
        CancellationToken ct
    )
        where T : Credential
    {
        DateTimeOffset now = time.GetUtcNow();
        if (credential.RevokedAt is not null)
            return Wrong($"{credential.Name} was revoked.");
        if (!credential.IsGood(now))
            return Wrong($"{credential.Name} has expired.");
        if (credential.LastUsedAt is null || credential.LastUsedAt < now - UsedEvery)
            await db.Set<T>().Where(c => c.Id == credential.Id).ExecuteUpdateAsync(s => s.SetProperty(c => c.LastUsedAt, now), ct);
        var actor = await actors.OfCredentialAsync(
            credential.Id,
            credential.PartyId,
            credential.Name,
            credential.Role,
            granted.ToFrozenSet(StringComparer.Ordinal),
            ct
        );
        return actor is null ? Wrong("Its organisation is gone.") : actor;
    }

    private AsyncServiceScope SystemScope()
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        return scope;
    }
}
