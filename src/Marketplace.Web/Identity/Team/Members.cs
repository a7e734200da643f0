using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Identity.Team;

/// <summary>The people of the acting organisation.</summary>
internal sealed class Members(MarketplaceDbContext db, ActorContext actor, IStringLocalizer<IdentityText> text)
{
    public async Task<Outcome<IReadOnlyList<MemberView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamRead) is { } refused)
            return refused;
        return Outcome<IReadOnlyList<MemberView>>.Ok(await Views().ToListAsync(ct));
    }

    public async Task<Outcome<MemberView>> FindAsync(string memberId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamRead) is { } refused)
            return refused;
        return await Views(memberId).SingleOrDefaultAsync(ct) is { } found ? found : Problem.NotFound("member", memberId);
    }

    /// <summary>Only an owner makes or unmakes owners, and one owner always stays.</summary>
    public Task<Outcome<MemberView>> ChangeRoleAsync(string memberId, MemberRole role, CancellationToken ct) =>
        ChangeAsync(
            memberId,
            role,
            async (membership, token) =>
            {
                db.Audit("member.role-changed", "member", memberId, $"{membership.Role} to {role}");
                membership.Role = role;
                await db.SaveChangesAsync(token);
                return await Views(memberId).SingleAsync(token);
            },
            ct
        );

    /// <summary>They no longer see this organisation from their next request on; their other organisations are untouched.</summary>
    public Task<Outcome<Done>> RemoveAsync(string memberId, CancellationToken ct) =>
        ChangeAsync(
            memberId,
            null,
            async (membership, token) =>
            {
                db.Remove(membership);
                db.Audit("member.removed", "member", memberId, membership.Role.ToString());
                string party = membership.PartyId;
                await db.Set<Session>()
                    .Where(s => s.PersonId == membership.PersonId && s.PartyId == party)
                    .ExecuteUpdateAsync(s => s.SetProperty(x => x.PartyId, (string?)null), token);
                return Done.Value;
            },
            ct
        );

    private async Task<Outcome<T>> ChangeAsync<T>(
        string memberId,
        MemberRole? to,
        Func<Membership, CancellationToken, Task<T>> change,
        CancellationToken ct
    )
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync<Outcome<T>>(
            async token =>
            {
                string party = actor.Current.PartyId;
                // All rows of the team are locked, so that two owners cannot demote each other at once.
                var team = await db.Set<Membership>()
                    .FromSql($"select * from identity.membership where party_id = {party} order by id for update")
                    .AsTracking()
                    .ToListAsync(token);
                if (team.Find(m => m.Id == memberId) is not { } membership)
                    return Problem.NotFound("member", memberId);
                if ((membership.Role == MemberRole.Owner || to == MemberRole.Owner) && actor.Current.Role < MemberRole.Owner)
                    return Problem.Forbidden(text["Team.OwnersOnly"]);
                bool lastOwner =
                    membership.Role == MemberRole.Owner && to != MemberRole.Owner && team.Count(m => m.Role == MemberRole.Owner) == 1;
                if (lastOwner)
                    return Problem.Conflict("last-owner", text["Team.LastOwner"]);
                return await change(membership, token);
            },
            ct,
            outcome => outcome.IsOk
        );
    }

    private IQueryable<MemberView> Views(string? memberId = null)
    {
        string? me = actor.Current.UserId;
        string party = actor.Current.PartyId;
        return from membership in db.Set<Membership>()
            where membership.PartyId == party && (memberId == null || membership.Id == memberId)
            join person in db.Set<Person>() on membership.PersonId equals person.Id
            orderby person.Name, person.Id
            select new MemberView(
                membership.Id,
                person.Id,
                person.Name,
                person.Email,
                membership.Role,
                person.EmailConfirmedAt != null,
                person.Id == me,
                membership.CreatedAt
            );
    }
}
