using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Contracts;

/// <summary>
/// Live cluster supply as Provisioning knows it, in the scheduler's terms. Orders implements it (it knows both rooms). Node and device
/// capacity is net of workloads that are not ours; what we sold is subtracted by the market from its claims.
/// </summary>
public interface IClusterSupply
{
    /// <returns>null when the cluster is unknown, lost or suspect: nothing new is placed there.</returns>
    ValueTask<ClusterSupply?> FindAsync(string clusterId, CancellationToken ct);

    /// <summary>Healthy cards of a model in the whole cluster, sold or not; also for suspect clusters. CPU cores when the model is null.</summary>
    ValueTask<int> CapacityAsync(string clusterId, string? deviceModel, CancellationToken ct);
}

/// <param name="Version">Grows with every change of the inventory.</param>
public sealed record ClusterSupply(Cluster Cluster, IReadOnlyList<Node> Nodes, long Version);

/// <summary>Filters of a search; empty lists do not filter. All of them live in the page's URL.</summary>
public sealed record OfferSearch
{
    public string? Text { get; init; }

    /// <summary>A key of <see cref="IMarketCatalog.Works"/>, to price by unit of work.</summary>
    public string? Work { get; init; }
    public IReadOnlyList<string> DeviceModels { get; init; } = [];
    public IReadOnlyList<string> Vendors { get; init; } = [];
    public IReadOnlyList<string> Stacks { get; init; } = [];
    public IReadOnlyList<string> Regions { get; init; } = [];
    public IReadOnlyList<string> Countries { get; init; } = [];
    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];
    public ContractClass? Class { get; init; }
    public int? MinFreeCards { get; init; }
    public int? MinMemoryMib { get; init; }
    public decimal? MaxPricePerCardHour { get; init; }
    public string? Currency { get; init; }

    /// <summary><c>work</c> (cheapest work first, default), <c>price</c>, <c>free</c>, <c>memory</c>; leading minus reverses.</summary>
    public string? Sort { get; init; }
    public int Limit { get; init; } = 200;
}

/// <param name="Throughput">Measured units of work per second per card on this chip; null when nobody measured it.</param>
/// <param name="PricePerWork">Price for <see cref="WorkView.PerUnits"/> units of the chosen work; null without a measurement.</param>
public sealed record OfferMatch(OfferView Offer, double? Throughput, decimal? PricePerWork, string? ThroughputSource)
{
    /// <summary>
    /// The price versions that have been in force since the offer was made, oldest first, at today's markup (a markup has no history). The
    /// last one is the price now.
    /// </summary>
    public IReadOnlyList<PricePoint> Prices { get; init; } = [];
}

/// <param name="From">In force from then on.</param>
/// <param name="PricePerCardHour">Retail.</param>
public sealed record PricePoint(DateTimeOffset From, decimal PricePerCardHour);

/// <summary>A kind of work with measured throughputs, so that prices can be compared per unit of work.</summary>
/// <param name="Unit">For example <c>token</c>.</param>
/// <param name="PerUnits">Units a price is stated for, for example 1,000,000.</param>
public sealed record WorkView(
    string Key,
    string Title,
    string TitleZh,
    string Unit,
    long PerUnits,
    IReadOnlyDictionary<string, double> ThroughputByModel,
    string Source
);

public sealed record SearchResult(
    IReadOnlyList<OfferMatch> Matches,
    int Total,
    int FreeCards,
    int Sites,
    int Centers,
    WorkView? Work,
    DateTimeOffset At
);

/// <summary>What one sold card-hour costs whom. Snapshotted on the quote; never looked up again.</summary>
/// <param name="CommissionRate">The platform's share of the retail price, a fraction.</param>
/// <param name="TaxRate">Tax on the retail price, a fraction; the jurisdiction names the tax account.</param>
public sealed record TradeTerms(
    string OfferId,
    string ListingId,
    int ListingPriceVersion,
    string OperatorId,
    string CenterId,
    string SiteId,
    string ClusterId,
    string Currency,
    decimal RetailPerCardHour,
    decimal WholesalePerCardHour,
    decimal CommissionRate,
    decimal TaxRate,
    string TaxJurisdiction
)
{
    /// <summary>The offer's price plan; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; init; }
}

/// <summary>An offer's terms with what a quote shows beside them.</summary>
/// <param name="Site">Without its center: a white-label offer hides it.</param>
/// <param name="WhiteLabel">The customer does not learn whose machines these are.</param>
public sealed record OfferTerms(TradeTerms Terms, string Title, string OperatorName, SiteView Site, bool WhiteLabel);

/// <summary>The part of <see cref="TradeTerms"/> that is the same for all offers of one operator.</summary>
/// <param name="CommissionRate">The platform's share of the retail price, a fraction.</param>
/// <param name="TaxRate">Tax on the retail price, a fraction.</param>
/// <param name="TaxJurisdiction">Where the operator accounts for the tax: ISO 3166-1 alpha-2.</param>
public sealed record TradeRates(decimal CommissionRate, decimal TaxRate, string TaxJurisdiction);

/// <summary>What can be bought now: search, the scheduler's snapshot, and the terms of a trade.</summary>
public interface IMarketCatalog
{
    Task<SearchResult> SearchAsync(OfferSearch search, CancellationToken ct);

    IReadOnlyList<WorkView> Works { get; }

    /// <summary>Which chip does a kind of work for least at today's prices; <c>not-found</c> for an unknown work.</summary>
    Task<Outcome<ChipComparison>> CompareChipsAsync(string workKey, string currency, ContractClass contractClass, CancellationToken ct);

    /// <summary>Everything on sale in one currency with live node supply, less every active claim: the scheduler's input.</summary>
    Task<SupplySnapshot> SnapshotAsync(SnapshotFilter filter, CancellationToken ct);

    /// <summary>
    /// The nodes of one cluster, less every active claim but those of one reference, to decide again where it sits. Without offers: what was
    /// sold stays sold at its terms, also when its offer is no longer on sale. Sees the caller's own open transaction only in that reference.
    /// </summary>
    /// <param name="keep">Grants of the reference that are taken all the same.</param>
    /// <returns>null when nothing can be placed in the cluster now.</returns>
    Task<SupplySnapshot?> ClusterAsync(string clusterId, string exceptReference, IReadOnlyList<CapacityGrant> keep, CancellationToken ct);

    /// <summary>The terms as of now.</summary>
    Task<Outcome<TradeTerms>> TermsAsync(string offerId, ContractClass contractClass, CancellationToken ct);

    /// <summary>The terms of several offers at one moment, in one reading. Every offer asked for has an entry.</summary>
    Task<IReadOnlyDictionary<string, Outcome<OfferTerms>>> TermsAsync(
        IReadOnlyCollection<string> offerIds,
        ContractClass contractClass,
        CancellationToken ct
    );

    /// <summary>The rates on whatever the acting operator sells, also before its first offer.</summary>
    Task<Outcome<TradeRates>> RatesAsync(CancellationToken ct);
}

public sealed record SnapshotFilter
{
    public required string Currency { get; init; }
    public string? OfferId { get; init; }
    public string? OperatorId { get; init; }
}
