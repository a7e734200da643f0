using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Graphs;

/// <summary>How far sites are from each other, and what data between them costs.</summary>
internal sealed class Network
{
    private readonly IReadOnlyList<Site> sites;
    private readonly Dictionary<(string From, string To), double> roundTrips = [];
    private readonly Dictionary<(string From, string To), EgressPrice> egress = [];
    private readonly Dictionary<string, int> siteOf = new(StringComparer.Ordinal);

    public Network(IReadOnlyList<Site> sites, IReadOnlyList<RegionLatency> latencies, IReadOnlyList<EgressPrice> prices)
    {
        this.sites = sites;
        for (var s = 0; s < sites.Count; s++)
        {
            siteOf.Add(sites[s].Id, s);
        }

        foreach (var latency in latencies)
        {
            roundTrips[(latency.FromRegion, latency.ToRegion)] = latency.RoundTripMs;
            roundTrips[(latency.ToRegion, latency.FromRegion)] = latency.RoundTripMs;
        }

        foreach (var price in prices)
        {
            egress[(price.FromRegion, price.ToRegion)] = price;
        }
    }

    /// <summary>Whether any price is known at all.</summary>
    public bool HasPrices => egress.Count > 0;

    public bool HasSite(string id) => siteOf.ContainsKey(id);

    /// <summary>Where a data set is.</summary>
    public string RegionOf(DataSet data) => data.SiteId is { } id ? sites[siteOf[id]].Region : data.Region!;

    /// <summary>Round trip between two sites in milliseconds, by position; null when unknown.</summary>
    public double? RoundTripMs(int from, int to)
    {
        if (from == to)
        {
            return RoleEdge.SameSiteMs;
        }

        var (left, right) = (sites[from].Region, sites[to].Region);
        // No other site is nearer than the one itself, whatever was measured.
        return roundTrips.TryGetValue((left, right), out var ms) ? Math.Max(ms, RoleEdge.SameSiteMs)
            : left == right ? RoleEdge.SameRegionMs
            : null;
    }

    /// <summary>Price of one GiB in micro-units; 0 when unknown or in another currency.</summary>
    public long PricePerGib(string from, string to, string? currency) =>
        from != to && egress.TryGetValue((from, to), out var price) && (currency ?? price.Currency) == price.Currency
            ? price.PricePerGib
            : 0;

    public string RegionOf(int site) => sites[site].Region;
}
