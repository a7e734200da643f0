using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Filters;

/// <summary>Which offers carry which attribute value, as bitsets, and the numeric offer columns.</summary>
internal sealed class OfferIndex
{
    private readonly Dictionary<(string Attribute, string Value), List<int>> postings = [];
    private readonly Dictionary<(string Attribute, string Value), Bitset> dense = [];
    private readonly Dictionary<(string From, string To), double> latencies = [];
    private readonly Dictionary<string, string> countryOfRegion = new(StringComparer.Ordinal);

    public OfferIndex(SupplyColumns columns, IReadOnlyList<RegionLatency> regionLatencies)
    {
        var count = columns.Offers.Count;
        All = Bitset.Full(count);
        Cluster = new int[count];
        Price = new long[count];
        SqrtPrice = new double[count];
        AvailableMilli = new long[count];
        MinMilli = new long[count];
        Precedence = new int[count];
        Reliability = new double[count];
        MaxDeviceMemory = new int[count];
        Model = new int[count];
        foreach (var latency in regionLatencies)
        {
            latencies[(latency.FromRegion, latency.ToRegion)] = latency.RoundTripMs;
            latencies[(latency.ToRegion, latency.FromRegion)] = latency.RoundTripMs;
        }

        foreach (var site in columns.Sites)
        {
            countryOfRegion.TryAdd(site.Region, site.Country);
        }

        for (var o = 0; o < count; o++)
        {
            Fill(columns, o);
        }

        AllCards = AvailableMilli.Sum() / 1000;

        // A value that many offers share is kept as a set; a rare one (an id, a site) stays a short list.
        foreach (var (key, list) in postings)
        {
            if (list.Count > count / 64)
            {
                dense.Add(key, ToSet(list));
            }
        }
    }

    public Bitset All { get; }
    public int[] Cluster { get; }
    public long[] Price { get; }

    /// <summary>Square root of the price per card and hour in whole currency.</summary>
    public double[] SqrtPrice { get; }
    public long[] AvailableMilli { get; }
    public long[] MinMilli { get; }
    public int[] Precedence { get; }

    /// <summary>Cards all offers sell together.</summary>
    public long AllCards { get; }

    /// <summary>Verification and kept promises, 0 to 1.</summary>
    public double[] Reliability { get; }

    /// <summary>Most memory of a device of the offer's model in its cluster, in MiB.</summary>
    public int[] MaxDeviceMemory { get; }

    /// <summary>Interned model, or -1 for processor offers.</summary>
    public int[] Model { get; }

    public List<string> Models { get; } = [];
    public List<string> Currencies { get; } = [];
    public IEnumerable<string> Regions => countryOfRegion.Keys;

    public int PositionOf(string offerId) => postings[(RuleCodes.Offer, offerId)][0];

    /// <summary>The offers with one of these values of an attribute.</summary>
    public Bitset AnyOf(string attribute, IEnumerable<string> values)
    {
        var any = new Bitset(All.Length);
        foreach (var value in values)
        {
            if (dense.TryGetValue((attribute, value), out var set))
            {
                any.Or(set);
            }
            else if (postings.TryGetValue((attribute, value), out var list))
            {
                foreach (var offer in list)
                {
                    any.Add(offer);
                }
            }
        }

        return any;
    }

    /// <summary>The offers whose position satisfies the test.</summary>
    public Bitset Where(Func<int, bool> test)
    {
        var where = new Bitset(All.Length);
        for (var o = 0; o < All.Length; o++)
        {
            if (test(o))
            {
                where.Add(o);
            }
        }

        return where;
    }

    /// <summary>Round trip between two regions in milliseconds: 0 inside one region, null when unknown.</summary>
    public double? RoundTripMs(string from, string to) =>
        from == to ? 0
        : latencies.TryGetValue((from, to), out var ms) ? ms
        : null;

    public string? CountryOf(string region) => countryOfRegion.GetValueOrDefault(region);

    private void Fill(SupplyColumns columns, int o)
    {
        var offer = columns.Offers[o];
        var cluster = columns.ClusterOf[offer.ClusterId];
        var site = columns.Sites[columns.ClusterSite[cluster]];
        Cluster[o] = cluster;
        Price[o] = offer.PricePerCardHour;
        SqrtPrice[o] = Math.Sqrt(offer.PricePerCardHour / 1e6);
        AvailableMilli[o] = (offer.AvailableCards * 1000L) + offer.AvailableRemainderMilli;
        MinMilli[o] = offer.MinCards * 1000L;
        Precedence[o] = offer.Precedence;
        var verified = offer.VerificationLevel / 3.0;
        Reliability[o] = offer.ReliabilityMilli is { } kept ? (verified + (kept / 1000.0)) / 2 : verified;
        Model[o] = offer.DeviceModel is null ? -1 : InternModel(offer.DeviceModel);
        if (!Currencies.Contains(offer.Currency))
        {
            Currencies.Add(offer.Currency);
        }

        Put(RuleCodes.Currency, offer.Currency, o);
        Put(RuleCodes.Offer, offer.Id, o);
        Put(RuleCodes.Site, site.Id, o);
        Put(RuleCodes.Cluster, offer.ClusterId, o);
        Put(RuleCodes.Region, site.Region, o);
        Put(RuleCodes.Country, site.Country, o);
        Put(RuleCodes.Tier, site.Tier.ToString(), o);
        Put(RuleCodes.SupplierAllowed, site.CenterId, o);
        Put(RuleCodes.SupplierAllowed, offer.OperatorId, o);
        Put(RuleCodes.DeviceModel, offer.DeviceModel ?? "", o);
        foreach (var contractClass in offer.Classes)
        {
            Put(RuleCodes.ContractClass, contractClass.ToString(), o);
        }

        for (var level = 0; level <= offer.VerificationLevel; level++)
        {
            Put(RuleCodes.Verification, LevelName(level), o);
        }

        foreach (var kind in columns.ClusterDeviceClasses[cluster])
        {
            var device = columns.DeviceClasses[kind];
            if (device.Model == offer.DeviceModel)
            {
                Put(RuleCodes.Vendor, device.Vendor, o);
                Put(RuleCodes.Stack, device.Stack, o);
                MaxDeviceMemory[o] = Math.Max(MaxDeviceMemory[o], device.MemoryMib);
            }
        }
    }

    public static string LevelName(int level) => "L" + (char)('0' + level);

    private int InternModel(string model)
    {
        var at = Models.IndexOf(model);
        if (at >= 0)
        {
            return at;
        }

        Models.Add(model);
        return Models.Count - 1;
    }

    private void Put(string attribute, string value, int offer)
    {
        if (!postings.TryGetValue((attribute, value), out var list))
        {
            list = [];
            postings.Add((attribute, value), list);
        }

        if (list.Count == 0 || list[^1] != offer)
        {
            list.Add(offer);
        }
    }

    private Bitset ToSet(List<int> list)
    {
        var set = new Bitset(All.Length);
        foreach (var offer in list)
        {
            set.Add(offer);
        }

        return set;
    }
}
