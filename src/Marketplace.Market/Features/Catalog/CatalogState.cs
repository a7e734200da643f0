using System.Collections.Frozen;
using System.Collections.Immutable;
using Marketplace.Market.Domain;

namespace Marketplace.Market.Features.Catalog;

/// <summary>The committed market at one moment, joined for search. Immutable.</summary>
/// <param name="Stamp">Grows with every change that was read.</param>
/// <param name="Offers">Every offer by id, whatever its state.</param>
/// <param name="OnSale">Offers that may be sold, apart from what time and live supply decide.</param>
/// <param name="Siblings">Listings that share the cards of one model in one cluster.</param>
/// <param name="Shared">By cluster: models that a live listing sells in fractions.</param>
/// <param name="Uses">By cluster, then node: what active claims take.</param>
internal sealed record CatalogState(
    long Stamp,
    FrozenDictionary<string, CatalogOffer> Offers,
    IReadOnlyList<CatalogOffer> OnSale,
    FrozenDictionary<string, ImmutableArray<string>> Siblings,
    FrozenDictionary<string, IReadOnlyCollection<string>> Shared,
    ImmutableDictionary<string, Listing> Listings,
    ImmutableDictionary<string, ImmutableDictionary<string, NodeUse>> Uses
)
{
    public static string ModelKey(string clusterId, string? model) => clusterId + "\n" + model;

    public static readonly CatalogState Empty = new(
        0,
        FrozenDictionary<string, CatalogOffer>.Empty,
        [],
        FrozenDictionary<string, ImmutableArray<string>>.Empty,
        FrozenDictionary<string, IReadOnlyCollection<string>>.Empty,
        ImmutableDictionary<string, Listing>.Empty,
        ImmutableDictionary<string, ImmutableDictionary<string, NodeUse>>.Empty
    );

    /// <summary>The listing as it is now; counters move without the offers being joined again.</summary>
    public Listing ListingOf(CatalogOffer offer) => Listings[offer.Offer.ListingId];

    /// <summary>Thousandths of a card that can still be sold: the listing's, and never more than the cluster really has free.</summary>
    public long FreeMilli(Listing listing, LiveCluster live)
    {
        long committed = 0;
        foreach (string id in Siblings[ModelKey(listing.ClusterId, listing.DeviceModel)])
            committed += Committed(Listings[id]);
        long left = ((long)listing.Cards * Listing.MilliPerCard) - Committed(listing);
        return Math.Max(0, Math.Min(left, live.SellableMilli(listing.DeviceModel, committed)));
    }

    /// <summary>Models of a cluster that a live listing sells in fractions.</summary>
    public IReadOnlyCollection<string> SharedModels(string clusterId) => Shared.GetValueOrDefault(clusterId, []);

    private static long Committed(Listing listing) => listing.SoldMilli + listing.HeldMilli;
}

/// <summary>One offer with what it is joined from.</summary>
/// <param name="MaySell">Everything that is a matter of state and consent: on sale, both parties approved, the listing live, resale authorised.</param>
/// <param name="Text">What free-text search looks in, in lower case.</param>
internal sealed record CatalogOffer(
    MarketOffer Offer,
    MarketSite Site,
    MarketParty Operator,
    MarketParty Center,
    IReadOnlyList<PriceVersion> Prices,
    bool MaySell,
    string Text
)
{
    // Nearly every listing has one price: its retail is worked out once.
    private readonly decimal? onlyRetail = Prices.Count == 1 ? Pricing.Retail(Prices[0].PricePerCardHour, Offer.Markup) : null;

    /// <returns>null when no price has begun yet.</returns>
    public (PriceVersion Version, decimal Retail)? PriceAt(DateTimeOffset now) =>
        Pricing.At(Prices, now) is not { } version ? null
        : onlyRetail is { } retail ? (version, retail)
        : (version, Pricing.Retail(version.PricePerCardHour, Offer.Markup));

    /// <summary>When the next announced price begins.</summary>
    public DateTimeOffset? NextPriceAfter(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (PriceVersion price in Prices)
        {
            if (price.EffectiveFrom > now && (next is null || price.EffectiveFrom < next))
                next = price.EffectiveFrom;
        }
        return next;
    }
}

/// <summary>What active claims take on one node.</summary>
internal sealed record NodeUse(Use Host, ImmutableDictionary<string, Use> Devices)
{
    public static readonly NodeUse None = new(default, ImmutableDictionary<string, Use>.Empty);

    public Use Of(string deviceId) => deviceId.Length == 0 ? Host : Devices.GetValueOrDefault(deviceId);

    public NodeUse With(string deviceId, Use use) =>
        deviceId.Length == 0 ? this with { Host = use } : this with { Devices = Devices.SetItem(deviceId, use) };
}
