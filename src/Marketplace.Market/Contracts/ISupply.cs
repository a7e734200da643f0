using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Contracts;

public sealed record CreateSite(
    string Name,
    string NameZh,
    string Region,
    string Country,
    SiteTier Tier,
    double Latitude,
    double Longitude
);

public sealed record SiteView(
    string Id,
    string CenterId,
    string Name,
    string NameZh,
    string Region,
    string Country,
    SiteTier Tier,
    double Latitude,
    double Longitude
);

public enum ListingState
{
    Draft,
    Live,
    Paused,
    Withdrawn,
}

/// <summary>Lists accelerators (or, with a null <see cref="DeviceModel"/>, CPU capacity) of one cluster at wholesale prices.</summary>
public sealed record CreateListing
{
    public required string ClusterId { get; init; }

    /// <summary>Catalogue model name such as <c>Ascend 910B</c>; null lists CPU cores.</summary>
    public string? DeviceModel { get; init; }
    public required string Title { get; init; }

    /// <summary>Cards (or cores) offered; never above the cluster's live inventory.</summary>
    public required int Cards { get; init; }

    /// <summary>Smallest number of cards one order may take.</summary>
    public int MinCards { get; init; } = 1;

    /// <summary>Wholesale price per card-hour, in main units of <see cref="Currency"/>; at most 18 decimals.</summary>
    public required decimal PricePerCardHour { get; init; }
    public required string Currency { get; init; }
    public required IReadOnlyList<ContractClass> Classes { get; init; }

    /// <summary>Promised share of healthy time, 0 to 1.</summary>
    public decimal Sla { get; init; } = 0.995m;

    /// <summary>May fractions of a card be sold?</summary>
    public bool AllowShared { get; init; }
}

public sealed record ListingView(
    string Id,
    string CenterId,
    string SiteId,
    string ClusterId,
    string Title,
    string? DeviceModel,
    int Cards,
    int SoldCards,
    int HeldCards,
    int FreeCards,
    int MinCards,
    decimal PricePerCardHour,
    string Currency,
    IReadOnlyList<ContractClass> Classes,
    decimal Sla,
    bool AllowShared,
    ListingState State,
    int PriceVersion,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Cards of this listing that the cluster's inventory does not back at the moment; they are not sold.</summary>
    public int ShortCards { get; init; }

    /// <summary>Grows with every edit (not with sales); the ETag of the REST API.</summary>
    public int Revision { get; init; }
}

/// <summary>One version of a price: never changed, superseded by the next.</summary>
public sealed record PriceVersionView(int Version, decimal PricePerCardHour, DateTimeOffset EffectiveFrom, DateTimeOffset RecordedAt);

/// <summary>What the market asks for a chip in a region, for the suggested price.</summary>
public sealed record PriceSuggestion(
    string? DeviceModel,
    string Currency,
    decimal? Median,
    decimal? Lowest,
    decimal? Highest,
    int Listings
);

public sealed record ListingQuery : PageQuery
{
    public ListingState? State { get; init; }
    public string? DeviceModel { get; init; }
    public string? ClusterId { get; init; }
}

/// <summary>The center's side: sites and listings with their versioned price books.</summary>
public interface ISupply
{
    Task<Outcome<SiteView>> CreateSiteAsync(CreateSite request, CancellationToken ct);
    Task<IReadOnlyList<SiteView>> SitesAsync(CancellationToken ct);
    Task<SiteView?> FindSiteAsync(string siteId, CancellationToken ct);

    /// <summary>Fails with a field error when the cluster's inventory has fewer healthy cards of the model than asked, counting the cluster's other listings.</summary>
    Task<Outcome<ListingView>> CreateListingAsync(CreateListing request, CancellationToken ct);

    /// <summary>Adds a price version. Quotes and contracts already made keep theirs.</summary>
    Task<Outcome<ListingView>> ChangePriceAsync(
        string listingId,
        decimal pricePerCardHour,
        DateTimeOffset? effectiveFrom,
        CancellationToken ct
    );

    /// <summary>Changes the offered quantity; never below what is sold and held, never above the inventory.</summary>
    Task<Outcome<ListingView>> ResizeAsync(string listingId, int cards, CancellationToken ct);
    Task<Outcome<ListingView>> ChangeStateAsync(string listingId, ListingState to, CancellationToken ct);
    Task<Page<ListingView>> ListingsAsync(ListingQuery query, CancellationToken ct);
    Task<ListingView?> FindListingAsync(string listingId, CancellationToken ct);
    Task<IReadOnlyList<PriceVersionView>> PricesAsync(string listingId, CancellationToken ct);
    Task<PriceSuggestion> SuggestPriceAsync(string? deviceModel, string region, Currency currency, CancellationToken ct);
}

/// <summary>A listing's price, quantity or state changed.</summary>
[Platform.Outbox.Message("market.listing-changed.v1")]
public sealed record ListingChanged(string ListingId, ListingState State);
