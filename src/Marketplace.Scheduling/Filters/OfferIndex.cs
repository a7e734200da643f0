using System.Globalization;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Filters;

/// <summary>
/// The offers as columns in the order of <see cref="OfferOrder"/>: which of them carry which attribute value, and their numbers. An offer
/// is meant by its position here; <see cref="Listed"/> tells where it stood in the supply.
/// </summary>
internal sealed class OfferIndex
{
    private readonly OfferAttributes attributes;
    private readonly Dictionary<(string From, string To), double> latencies = [];
    private readonly Dictionary<string, string> countryOfRegion = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> models = new(StringComparer.Ordinal);
    private readonly int[] modelStart;
    private readonly int[] kindStart;
    private readonly List<int> kindSample = [];
    private readonly long[] prices;
    private readonly int[] mostCards;

    public OfferIndex(SupplyColumns columns, IReadOnlyList<Offer> listed, IReadOnlyList<RegionLatency> regionLatencies)
    {
        var count = listed.Count;
        All = Bitset.Full(count);
        foreach (var latency in regionLatencies)
        {
            latencies[(latency.FromRegion, latency.ToRegion)] = latency.RoundTripMs;
            latencies[(latency.ToRegion, latency.FromRegion)] = latency.RoundTripMs;
        }

        foreach (var site in columns.Sites)
        {
            countryOfRegion.TryAdd(site.Region, site.Country);
        }

        Listed = Order(columns, listed);
        Offers = [.. Listed.Select(position => listed[position])];
        Cluster = [.. Offers.Select(offer => columns.ClusterOf[offer.ClusterId])];
        Model = [.. Offers.Select(offer => ModelOf(offer))];
        Place = [.. Cluster.Select(cluster => columns.SitePlace[columns.ClusterSite[cluster]])];
        Price = [.. Offers.Select(offer => offer.PricePerCardHour)];
        AvailableMilli = [.. Offers.Select(offer => (offer.AvailableCards * 1000L) + offer.AvailableRemainderMilli)];
        MinMilli = [.. Offers.Select(offer => offer.MinCards * 1000L)];
        Precedence = [.. Offers.Select(offer => offer.Precedence)];
        Reliability = [.. Offers.Select(ReliabilityOf)];
        AllCards = AvailableMilli.Sum() / 1000;
        prices = [.. Price];
        Array.Sort(prices);
        mostCards = new int[models.Count];
        for (var o = 0; o < count; o++)
        {
            if (Model[o] >= 0)
            {
                mostCards[Model[o]] = Math.Max(mostCards[Model[o]], columns.CardsOf(Cluster[o]));
            }
        }

        modelStart = new int[models.Count + 2];
        foreach (var model in Model)
        {
            modelStart[model + 2]++;
        }

        for (var m = 1; m < modelStart.Length; m++)
        {
            modelStart[m] += modelStart[m - 1];
        }

        (Kind, kindStart) = Kinds(columns);
        attributes = new OfferAttributes(columns, this);
        Blocks = new OfferBlocks(this, count);
    }

    public Bitset All { get; }
    public IReadOnlyList<Offer> Offers { get; }

    /// <summary>Position of each offer in the supply: the tie-break.</summary>
    public int[] Listed { get; }
    public int[] Cluster { get; }
    public long[] Price { get; }
    public long[] AvailableMilli { get; }
    public long[] MinMilli { get; }
    public int[] Precedence { get; }

    /// <summary>Region and country of each offer's site, interned by <see cref="SupplyColumns.Places"/>.</summary>
    public int[] Place { get; }

    /// <summary>Cards all offers sell together.</summary>
    public long AllCards { get; }

    /// <summary>Verification and kept promises, 0 to 1.</summary>
    public double[] Reliability { get; }

    /// <summary>Interned model, or -1 for processor offers.</summary>
    public int[] Model { get; }

    /// <summary>
    /// Offers of one kind take the same for a replica: the same device classes of one model, or the same unit of processors. Kinds of a
    /// model have consecutive numbers.
    /// </summary>
    public int[] Kind { get; }
    public OfferBlocks Blocks { get; }
    public List<string> Models { get; } = [];
    public List<string> Currencies { get; } = [];
    public IEnumerable<string> Regions => countryOfRegion.Keys;

    /// <summary>The different amounts of memory that offers' devices have, in MiB.</summary>
    public IEnumerable<int> DeviceMemories => attributes.DeviceMemories;

    public int PositionOf(string offerId) => attributes.PositionOf(offerId);

    /// <summary>The offers with a value: a set as words, or a few positions in ascending order, or null when there is none.</summary>
    public object? With(string attribute, string value) => attributes.With(attribute, value);

    /// <summary>The models that a variant may run on; -1 for offers of processors.</summary>
    public IEnumerable<int> ModelsFor(Variant variant) =>
        variant.IsCpuOnly ? [-1]
        : variant.DeviceModel is not { } name ? Enumerable.Range(0, Models.Count)
        : models.TryGetValue(name, out var model) ? [model]
        : [];

    /// <summary>Offers up to a price.</summary>
    public int CountUpTo(long price)
    {
        int low = 0,
            high = prices.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = prices[middle] <= price ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Most cards, of whatever model, in one cluster behind an offer of the model: no gang on it can be larger.</summary>
    public int MostCards(int model) => mostCards[model];

    /// <summary>Where the offers of a model stand.</summary>
    public (int From, int To) RowsOf(int model) => (modelStart[model + 1], modelStart[model + 2]);

    /// <summary>The kinds of a model.</summary>
    public (int From, int To) KindsOf(int model) => (kindStart[model + 1], kindStart[model + 2]);

    /// <summary>An offer of the kind.</summary>
    public int SampleOf(int kind) => kindSample[kind];

    /// <summary>Round trip between two regions in milliseconds: 0 inside one region, null when unknown.</summary>
    public double? RoundTripMs(string from, string to) =>
        from == to ? 0
        : latencies.TryGetValue((from, to), out var ms) ? ms
        : null;

    /// <summary>The currency a request's prices are compared in; null when the offers have several and it names none.</summary>
    public string? CurrencyOf(PlacementRequest request) => request.Currency ?? (Currencies.Count == 1 ? Currencies[0] : null);

    public string? CountryOf(string region) => countryOfRegion.GetValueOrDefault(region);

    public static string LevelName(int level) => "L" + (char)('0' + level);

    public static string Name(ContractClass contractClass) => contractClass.ToString();

    public static string Name(SiteTier tier) => tier.ToString();

    public static string Name(int memoryMib) => memoryMib.ToString(CultureInfo.InvariantCulture);

    private int ModelOf(Offer offer) => offer.DeviceModel is { } name ? models[name] : -1;

    private static double ReliabilityOf(Offer offer)
    {
        var verified = offer.VerificationLevel / 3.0;
        return offer.ReliabilityMilli is { } kept ? (verified + (kept / 1000.0)) / 2 : verified;
    }

    private int[] Order(SupplyColumns columns, IReadOnlyList<Offer> listed)
    {
        var currencies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var offer in listed)
        {
            if (currencies.Add(offer.Currency))
            {
                Currencies.Add(offer.Currency);
            }

            if (offer.DeviceModel is { } model && models.TryAdd(model, models.Count))
            {
                Models.Add(model);
            }
        }

        return OfferOrder.Of(
            listed,
            [.. listed.Select(ModelOf)],
            [.. listed.Select(offer => columns.SitePlace[columns.ClusterSite[columns.ClusterOf[offer.ClusterId]]])]
        );
    }

    private (int[] Kind, int[] Start) Kinds(SupplyColumns columns)
    {
        var kinds = new int[Offers.Count];
        var start = new int[models.Count + 2];
        var known = new Dictionary<(int Model, int First, int Second), int>();
        for (var o = 0; o < kinds.Length; o++)
        {
            var key =
                Model[o] < 0 ? (-1, Offers[o].UnitCpuMilli, Offers[o].UnitMemoryMib) : (Model[o], columns.ClusterDeviceSet[Cluster[o]], 0);
            if (!known.TryGetValue(key, out kinds[o]))
            {
                kinds[o] = known.Count;
                known.Add(key, known.Count);
                kindSample.Add(o);
                start[Model[o] + 2]++;
            }
        }

        for (var m = 1; m < start.Length; m++)
        {
            start[m] += start[m - 1];
        }

        return (kinds, start);
    }
}
