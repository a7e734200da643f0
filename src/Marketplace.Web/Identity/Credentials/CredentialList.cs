using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>What both kinds of credential do alike.</summary>
internal sealed class CredentialList(MarketplaceDbContext db, ActorContext actor, CredentialRules rules, TimeProvider time)
{
    public async Task<Outcome<IReadOnlyList<CredentialView>>> ReadAsync<T>(CancellationToken ct)
        where T : Credential
    {
        if (actor.Current.Check(Permission.TeamRead) is { } refused)
            return refused;
        string party = actor.Current.PartyId;
        var rows = await db.Set<T>().AsNoTracking().Where(c => c.PartyId == party).OrderByDescending(c => c.Id).Take(500).ToListAsync(ct);
        return Outcome<IReadOnlyList<CredentialView>>.Ok([.. rows.Select(rules.View)]);
    }

    public async Task<Outcome<CredentialView>> FindAsync<T>(string id, string what, CancellationToken ct)
        where T : Credential
    {
        if (actor.Current.Check(Permission.TeamRead) is { } refused)
            return refused;
        string party = actor.Current.PartyId;
        return await db.Set<T>().AsNoTracking().SingleOrDefaultAsync(c => c.PartyId == party && c.Id == id, ct) is { } found
            ? rules.View(found)
            : Problem.NotFound(what, id);
    }

    public async Task<Outcome<Done>> RevokeAsync<T>(string id, string what, CancellationToken ct)
        where T : Credential
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        string party = actor.Current.PartyId;
        DateTimeOffset now = time.GetUtcNow();
        return await db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                int revoked = await db.Set<T>()
                    .Where(c => c.PartyId == party && c.Id == id && c.RevokedAt == null)
                    .ExecuteUpdateAsync(s => s.SetProperty(c => c.RevokedAt, now), token);
                if (revoked != 1)
                    return Problem.NotFound(what + " that is not revoked", id);
                db.Audit("credential.revoked", what, id);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );
    }
}
