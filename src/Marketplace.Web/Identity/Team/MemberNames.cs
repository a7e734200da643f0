using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.People;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Team;

/// <summary>Who can order for an organisation: a person, an API key or a client.</summary>
internal sealed record MemberName(string Id, string Name, bool IsProgram);

/// <summary>People and credentials of an organisation by id, as orders and budgets know them.</summary>
internal sealed class MemberNames(MarketplaceDbContext db, ActorContext actor) : IMemberNames
{
    public async Task<IReadOnlyDictionary<string, string>> FindManyAsync(
        string partyId,
        IReadOnlyCollection<string> memberIds,
        CancellationToken ct
    )
    {
        if (memberIds.Count == 0)
            return new Dictionary<string, string>(StringComparer.Ordinal);
        var names = await PeopleOf(partyId, memberIds).ToListAsync(ct);
        names.AddRange(await KeysOf(partyId, memberIds).ToListAsync(ct));
        names.AddRange(await ClientsOf(partyId, memberIds).ToListAsync(ct));
        return names.ToDictionary(n => n.Id, n => n.Name, StringComparer.Ordinal);
    }

    /// <summary>Everybody of the acting organisation, people first; empty for who may not see the team.</summary>
    public async Task<IReadOnlyList<MemberName>> ListAsync(CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.TeamRead))
            return [];
        string party = actor.Current.PartyId;
        var names = await PeopleOf(party, null).ToListAsync(ct);
        names.AddRange(await KeysOf(party, null).ToListAsync(ct));
        names.AddRange(await ClientsOf(party, null).ToListAsync(ct));
        return [.. names.OrderBy(n => n.IsProgram).ThenBy(n => n.Name, StringComparer.CurrentCulture)];
    }

    // Narrowed before it is projected: what a record's constructor made cannot be translated any more.
    private IQueryable<MemberName> PeopleOf(string partyId, IReadOnlyCollection<string>? only)
    {
        var memberships = db.Set<Membership>().Where(m => m.PartyId == partyId);
        if (only is not null)
            memberships = memberships.Where(m => only.Contains(m.PersonId));
        return from membership in memberships
            join person in db.Set<Person>() on membership.PersonId equals person.Id
            select new MemberName(person.Id, person.Name, false);
    }

    private IQueryable<MemberName> KeysOf(string partyId, IReadOnlyCollection<string>? only)
    {
        var keys = db.Set<ApiKey>().Where(k => k.PartyId == partyId);
        if (only is not null)
            keys = keys.Where(k => only.Contains(k.Id));
        return keys.Select(k => new MemberName(k.Id, k.Name, true));
    }

    private IQueryable<MemberName> ClientsOf(string partyId, IReadOnlyCollection<string>? only)
    {
        var clients = db.Set<OAuthClient>().Where(c => c.PartyId == partyId);
        if (only is not null)
            clients = clients.Where(c => only.Contains(c.Id));
        return clients.Select(c => new MemberName(c.Id, c.Name, true));
    }
}
