using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Sessions;

/// <summary>An open session of a member, in this organisation.</summary>
public sealed record TeamSessionView(
    string Id,
    string PersonId,
    string Name,
    string Device,
    string Ip,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt
);

/// <summary>For administrators: who is signed in to this organisation. Sessions in a member's other organisations are not theirs to see.</summary>
internal sealed class TeamSessions(MarketplaceDbContext db, ActorContext actor, TimeProvider time)
{
    public async Task<Outcome<IReadOnlyList<TeamSessionView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        return Outcome<IReadOnlyList<TeamSessionView>>.Ok(
            await (
                from session in Open()
                join person in db.Set<Person>() on session.PersonId equals person.Id
                orderby session.LastSeenAt descending
                select new TeamSessionView(
                    session.Id,
                    person.Id,
                    person.Name,
                    session.Device,
                    session.Ip,
                    session.CreatedAt,
                    session.LastSeenAt
                )
            ).ToListAsync(ct)
        );
    }

    public async Task<Outcome<Done>> EndAsync(string sessionId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        DateTimeOffset now = time.GetUtcNow();
        return await db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                int ended = await Open().Where(s => s.Id == sessionId).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), token);
                if (ended != 1)
                    return Problem.NotFound("open session", sessionId);
                db.Audit("session.ended", "session", sessionId);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );
    }

    private IQueryable<Session> Open()
    {
        string party = actor.Current.PartyId;
        DateTimeOffset now = time.GetUtcNow();
        return db.Set<Session>()
            .Where(s =>
                s.PartyId == party
                && s.EndedAt == null
                && s.ExpiresAt > now
                && db.Set<Membership>().Any(m => m.PartyId == party && m.PersonId == s.PersonId)
            );
    }
}
