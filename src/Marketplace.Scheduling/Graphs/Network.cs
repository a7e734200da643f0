using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Graphs;

/// <summary>How far sites are from each other, and what data between them costs.</summary>
internal sealed class Network
{
    private readonly Dictionary<string, int> regions = new(StringComparer.Ordinal);
    private readonly Dictionary<(int From, int To), double> roundTrips = [];
    private readonly Dictionary<(int From, int To), EgressPrice> egress = [];
    private readonly Dictionary<string, int> siteOf = new(StringComparer.Ordinal);
    private readonly int[] regionOfSite;

    public Network(IReadOnlyList<Site> sites, IReadOnlyList<RegionLatency> latencies, IReadOnlyList<EgressPrice> prices)
    {
        regionOfSite = new int[sites.Count];
        for (var s = 0; s < sites.Count; s++)
        {
            siteOf.Add(sites[s].Id, s);
            regionOfSite[s] = Intern(sites[s].Region);
        }

        foreach (var latency in latencies)
        {
            var (from, to) = (Intern(latency.FromRegion), Intern(latency.ToRegion));
            roundTrips[(from, to)] = latency.RoundTripMs;
            roundTrips[(to, from)] = latency.RoundTripMs;
        }

        foreach (var price in prices)
        {
            egress[(Intern(price.FromRegion), Intern(price.ToRegion))] = price;
        }
    }

    /// <summary>Whether any price is known at all.</summary>
    public bool HasPrices => egress.Count > 0;

    public bool HasSite(string id) => siteOf.ContainsKey(id);

    /// <summary>Number of the region of a site, by position.</summary>
    public int RegionOf(int site) => regionOfSite[site];

    /// <summary>Number of a region; -1 when nothing is known of it.</summary>
    public int RegionOf(string region) => regions.GetValueOrDefault(region, -1);

    /// <summary>Number of the region a data set is in; -1 when nothing is known of it.</summary>
    public int RegionOf(DataSet data) => data.SiteId is { } id ? regionOfSite[siteOf[id]] : RegionOf(data.Region!);

    /// <summary>Round trip between two sites in milliseconds, by position; null when unknown.</summary>
    public double? RoundTripMs(int from, int to) =>
        from == to ? RoleEdge.SameSiteMs : RoundTripOfRegions(regionOfSite[from], regionOfSite[to]);

    /// <summary>Round trip between two different sites of two regions, by number, or of one.</summary>
    public double? RoundTripOfRegions(int from, int to) =>
        // No other site is nearer than the one itself, whatever was measured.
        roundTrips.TryGetValue((from, to), out var ms)
            ? Math.Max(ms, RoleEdge.SameSiteMs)
        : from == to ? RoleEdge.SameRegionMs
        : null;

    /// <summary>Price of one GiB between two regions, by number, in micro-units; 0 when unknown or in another currency.</summary>
    public long PricePerGib(int from, int to, string? currency) =>
        from != to && egress.TryGetValue((from, to), out var price) && (currency ?? price.Currency) == price.Currency
            ? price.PricePerGib
            : 0;

    private int Intern(string region)
    {
        regions.TryAdd(region, regions.Count);
        return regions[region];
    }
}
