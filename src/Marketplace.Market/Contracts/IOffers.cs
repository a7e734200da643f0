using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Contracts;

public enum AuthorizationState
{
    Requested,
    Granted,
    Declined,
    Revoked,
}

/// <summary>A center lets an operator resell a listing, within markup limits (fractions: 0.25 is 25 %).</summary>
public sealed record AuthorizationView(
    string Id,
    string ListingId,
    string CenterId,
    string OperatorId,
    decimal MinMarkup,
    decimal MaxMarkup,
    AuthorizationState State,
    ListingView Listing,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Grows with every change; the ETag of the REST API.</summary>
    public int Revision { get; init; }
}

/// <summary>The operator's side of a center's listing: request, grant, decline, revoke.</summary>
public interface IResale
{
    Task<Outcome<AuthorizationView>> RequestAsync(string listingId, CancellationToken ct);

    /// <summary>The center grants a request, or authorises an operator on its own initiative.</summary>
    Task<Outcome<AuthorizationView>> GrantAsync(
        string listingId,
        string operatorId,
        decimal minMarkup,
        decimal maxMarkup,
        CancellationToken ct
    );
    Task<Outcome<AuthorizationView>> DeclineAsync(string authorizationId, CancellationToken ct);
    Task<Outcome<AuthorizationView>> RevokeAsync(string authorizationId, CancellationToken ct);

    /// <summary>Authorisations of the acting party, as center or as operator.</summary>
    Task<IReadOnlyList<AuthorizationView>> ListAsync(CancellationToken ct);

    /// <summary>Live listings the acting operator could ask for.</summary>
    Task<Page<ListingView>> OpenListingsAsync(ListingQuery query, CancellationToken ct);
}

public enum OfferState
{
    Draft,
    OnSale,
    Paused,
    Withdrawn,
}

/// <param name="Markup">Fraction on the wholesale price: retail = wholesale × (1 + markup).</param>
/// <param name="WhiteLabel">Hide the center's name from the customer.</param>
public sealed record CreateOffer(
    string ListingId,
    string Title,
    decimal Markup,
    IReadOnlyList<ContractClass> Classes,
    bool WhiteLabel = false
)
{
    /// <summary>Tiers, hours at another price, a minimum take and a prepaid price; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; init; }
}

/// <summary>Retail over one authorised listing. Wholesale fields are null for anybody but the operator and the network desk.</summary>
public sealed record OfferView(
    string Id,
    string OperatorId,
    string OperatorName,
    string ListingId,
    string? CenterName,
    SiteView Site,
    string ClusterId,
    string Title,
    string? DeviceModel,
    string? Vendor,
    string? Stack,
    int? MemoryMib,
    decimal PricePerCardHour,
    string Currency,
    decimal? WholesalePerCardHour,
    decimal? Markup,
    IReadOnlyList<ContractClass> Classes,
    int Cards,
    int FreeCards,
    int MinCards,
    bool AllowShared,
    decimal Sla,
    OfferState State,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Grows with every change; the ETag of the REST API.</summary>
    public int Revision { get; init; }

    /// <summary>What the price per card-hour becomes by amount, by hour and when paid ahead; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; init; }
}

public sealed record OfferQuery : PageQuery
{
    public OfferState? State { get; init; }
}

public interface IOffers
{
    Task<Outcome<OfferView>> CreateAsync(CreateOffer request, CancellationToken ct);
    Task<Outcome<OfferView>> ChangeMarkupAsync(string offerId, decimal markup, CancellationToken ct);

    /// <summary>Changes the markup, the plan or both for quotes from now on; contracts keep what they were sold with.</summary>
    /// <param name="plan">null leaves it as it is; <see cref="PricePlan.Plain"/> takes it away.</param>
    Task<Outcome<OfferView>> ChangePriceAsync(string offerId, decimal? markup, PricePlan? plan, CancellationToken ct);
    Task<Outcome<OfferView>> ChangeStateAsync(string offerId, OfferState to, CancellationToken ct);

    /// <summary>The acting operator's offers.</summary>
    Task<Page<OfferView>> ListAsync(OfferQuery query, CancellationToken ct);
    Task<OfferView?> FindAsync(string offerId, CancellationToken ct);
}

/// <summary>An authorisation was asked for, granted (also with other limits), declined or revoked.</summary>
[Platform.Outbox.Message("market.authorization-changed.v1")]
public sealed record AuthorizationChanged(
    string AuthorizationId,
    string ListingId,
    string CenterId,
    string OperatorId,
    AuthorizationState State
);

/// <summary>An offer was made, or its markup or state changed.</summary>
[Platform.Outbox.Message("market.offer-changed.v1")]
public sealed record OfferChanged(string OfferId, OfferState State);
