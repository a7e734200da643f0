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
        var names = await PeopleOf(partyId).Where(p => memberIds.Contains(p.Id)).ToListAsync(ct);
        names.AddRange(await KeysOf(partyId).Where(c => memberIds.Contains(c.Id)).ToListAsync(ct));
        names.AddRange(await ClientsOf(partyId).Where(c => memberIds.Contains(c.Id)).ToListAsync(ct));
        return names.ToDictionary(n => n.Id, n => n.Name, StringComparer.Ordinal);
    }

    /// <summary>Everybody of the acting organisation, people first; empty for who may not see the team.</summary>
    public async Task<IReadOnlyList<MemberName>> ListAsync(CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.TeamRead))
            return [];
        string party = actor.Current.PartyId;
        var names = await PeopleOf(party).ToListAsync(ct);
        names.AddRange(await KeysOf(party).ToListAsync(ct));
        names.AddRange(await ClientsOf(party).ToListAsync(ct));
        return [.. names.OrderBy(n => n.IsProgram).ThenBy(n => n.Name, StringComparer.CurrentCulture)];
    }

    private IQueryable<MemberName> PeopleOf(string partyId) =>
        from membership in db.Set<Membership>()
        where membership.PartyId == partyId
        join person in db.Set<Person>() on membership.PersonId equals person.Id
        select new MemberName(person.Id, person.Name, false);

    private IQueryable<MemberName> KeysOf(string partyId) =>
        db.Set<ApiKey>().Where(k => k.PartyId == partyId).Select(k => new MemberName(k.Id, k.Name, true));

    private IQueryable<MemberName> ClientsOf(string partyId) =>
        db.Set<OAuthClient>().Where(c => c.PartyId == partyId).Select(c => new MemberName(c.Id, c.Name, true));
}
