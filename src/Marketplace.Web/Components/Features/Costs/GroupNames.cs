using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Costs;

/// <summary>Names for the keys costs and earnings are grouped by.</summary>
internal static class GroupNames
{
    /// <summary>What is looked up one by one is looked up this often; the rest keep their ids.</summary>
    private const int MostLookups = 100;

    /// <summary>Names by key, for the actor of <paramref name="services"/>. Keys without one are left out.</summary>
    /// <param name="keys">The most important first.</param>
    public static async Task<IReadOnlyDictionary<string, string>> FindAsync(
        IServiceProvider services,
        string by,
        IEnumerable<string> keys,
        CancellationToken ct
    )
    {
        List<string> ids = [.. keys.Where(k => k.Length > 0).Distinct(StringComparer.Ordinal)];
        T Get<T>()
            where T : notnull => services.GetRequiredService<T>();
        return by switch
        {
            CostGroupings.Project => await Get<IProjects>().NamesAsync(ids, ct),
            CostGroupings.Member => await Get<IMemberNames>().FindManyAsync(Get<ActorContext>().Current.PartyId, ids, ct),
            CostGroupings.Customer => (await Get<IParties>().FindManyAsync(ids, ct)).ToDictionary(
                p => p.Key,
                p => p.Value.Name,
                StringComparer.Ordinal
            ),
            CostGroupings.Bundle => await EachAsync(ids, async id => (await Get<IBundles>().FindAsync(id, ct))?.Title),
            CostGroupings.Offer => await EachAsync(ids, async id => (await Get<IOffers>().FindAsync(id, ct))?.Title),
            CostGroupings.Order => await EachAsync(ids, async id => (await Get<IOrders>().FindAsync(id, ct))?.Name),
            CostGroupings.Cluster => await EachAsync(ids, async id => (await Get<IClusters>().FindAsync(id, ct))?.Name),
            CostGroupings.Site => await EachAsync(
                ids,
                async id => await Get<ISupply>().FindSiteAsync(id, ct) is { } site ? SiteNames.Of(site) : null
            ),
            _ => new Dictionary<string, string>(StringComparer.Ordinal),
        };
    }

    /// <summary>A key in words: the name, the day, what has none, else the id.</summary>
    public static string Shown(string by, string key, IReadOnlyDictionary<string, string> names, IStringLocalizer<GroupText> text) =>
        key.Length == 0 ? text[$"None.{by}"]
        : by == CostGroupings.Day
            ? Times.Format(
                new DateTimeOffset(DateTime.ParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture), TimeSpan.Zero),
                TimeStyle.Date
            )
        : names.GetValueOrDefault(key) ?? key;

    private static async Task<IReadOnlyDictionary<string, string>> EachAsync(IReadOnlyList<string> ids, Func<string, Task<string?>> find)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string id in ids.Take(MostLookups))
            if (await find(id) is { Length: > 0 } name)
                names[id] = name;
        return names;
    }
}
