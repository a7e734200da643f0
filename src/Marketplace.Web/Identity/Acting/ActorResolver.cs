using Marketplace.Market.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Acting;

/// <summary>A session that counts: its person, and whom the person acts for.</summary>
/// <param name="Actor">null when the person belongs to no organisation.</param>
/// <param name="LastSeenAt">When the session was last noted as used.</param>
internal sealed record SignedIn(
    string SessionId,
    string PersonId,
    string Name,
    string Email,
    bool EmailConfirmed,
    string Locale,
    string Theme,
    DateTimeOffset LastSeenAt,
    Actor? Actor
);

/// <summary>One organisation a person belongs to.</summary>
internal sealed record WorkspaceMembership(PartyView Party, MemberRole Role);

/// <summary>Answers who acts, from the database each time: what was ended or revoked a moment ago no longer acts.</summary>
internal sealed class ActorResolver(IServiceScopeFactory scopes, TimeProvider time)
{
    /// <param name="partyId">The organisation to act for; null takes the session's.</param>
    /// <returns>null when the session has ended, expired, or was made under an older password.</returns>
    public async Task<SignedIn?> OfSessionAsync(string sessionId, string? partyId, CancellationToken ct)
    {
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        DateTimeOffset now = time.GetUtcNow();
        var row = await (
            from session in db.Set<Session>()
            join person in db.Set<Person>() on session.PersonId equals person.Id
            where
                session.Id == sessionId
                && session.EndedAt == null
                && session.ExpiresAt > now
                && session.SecurityStamp == person.SecurityStamp
            select new
            {
                person.Id,
                person.Name,
                person.Email,
                person.EmailConfirmedAt,
                person.Locale,
                person.Theme,
                session.PartyId,
                session.LastSeenAt,
                session.Ip,
                session.Device,
                Memberships = db.Set<Membership>().Where(m => m.PersonId == person.Id).OrderBy(m => m.Id).ToList(),
            }
        )
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);
        if (row is null)
            return null;
        string? wanted = partyId ?? row.PartyId;
        // A page pinned to an organisation the person has left gets nobody, not another organisation.
        var membership =
            row.Memberships.FirstOrDefault(m => m.PartyId == wanted) ?? (partyId is null ? row.Memberships.FirstOrDefault() : null);
        Actor? actor = membership is null ? null : await ActorOfAsync(scope.ServiceProvider, membership.PartyId, membership.Role, ct);
        return new SignedIn(
            sessionId,
            row.Id,
            row.Name,
            row.Email,
            row.EmailConfirmedAt is not null,
            row.Locale,
            row.Theme,
            row.LastSeenAt,
            actor is null ? null : actor with { UserId = row.Id, Name = row.Name, Origin = $"{row.Ip}, {row.Device}" }
        );
    }

    /// <summary>Everybody's organisations, in the order the person joined them.</summary>
    public async Task<IReadOnlyList<WorkspaceMembership>> MembershipsAsync(string personId, CancellationToken ct)
    {
        await using var scope = SystemScope();
        var rows = await scope
            .ServiceProvider.GetRequiredService<MarketplaceDbContext>()
            .Set<Membership>()
            .AsNoTracking()
            .Where(m => m.PersonId == personId)
            .OrderBy(m => m.Id)
            .ToListAsync(ct);
        var parties = await scope.ServiceProvider.GetRequiredService<IParties>().FindManyAsync([.. rows.Select(r => r.PartyId)], ct);
        return [.. rows.Where(r => parties.ContainsKey(r.PartyId)).Select(r => new WorkspaceMembership(parties[r.PartyId], r.Role))];
    }

    /// <summary>The actor of a credential that has already been checked.</summary>
    public async Task<Actor?> OfCredentialAsync(
        string credentialId,
        string partyId,
        string name,
        MemberRole role,
        IReadOnlySet<string> granted,
        CancellationToken ct
    )
    {
        await using var scope = SystemScope();
        Actor? actor = await ActorOfAsync(scope.ServiceProvider, partyId, role, ct);
        return actor is null ? null : actor with { CredentialId = credentialId, Name = name, Scopes = granted };
    }

    private static async Task<Actor?> ActorOfAsync(IServiceProvider services, string partyId, MemberRole role, CancellationToken ct) =>
        await services.GetRequiredService<IParties>().FindAsync(partyId, ct) is { } party ? new Actor(party.Id, party.Kinds, role) : null;

    private AsyncServiceScope SystemScope()
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        return scope;
    }
}
