using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>Card-hours to be paid ahead, at the terms of the moment they are bought.</summary>
/// <param name="CardHours">Above zero.</param>
/// <param name="UnitPrice">Per card-hour, before tax.</param>
/// <param name="WholesalePerCardHour">The center's part of it.</param>
/// <param name="CommissionRate">The network's fraction of the price.</param>
/// <param name="TaxRate">Fraction on the price.</param>
/// <param name="Days">How long they can be used, from now on.</param>
public sealed record ReservationPurchase(
    string CustomerId,
    string OperatorId,
    string CenterId,
    string OfferId,
    string Description,
    string? DeviceModel,
    string Currency,
    decimal CardHours,
    decimal UnitPrice,
    decimal WholesalePerCardHour,
    decimal CommissionRate,
    decimal TaxRate,
    string TaxJurisdiction,
    int Days
);

public enum ReservationState
{
    /// <summary>Something is left, and its time is not over.</summary>
    Active,

    /// <summary>Nothing is left.</summary>
    UsedUp,

    /// <summary>Its time is over.</summary>
    Ended,
}

/// <summary>A reservation as one of its parties sees it: amounts are that party's own.</summary>
/// <param name="CustomerId">Empty for the center, which does not learn whose machines run on it.</param>
/// <param name="CenterId">Empty for the customer: its operator sells.</param>
/// <param name="UnusedCardHours">What went by unused at its end.</param>
public sealed record ReservationView(
    string Id,
    string CustomerId,
    string OperatorId,
    string CenterId,
    string OfferId,
    string Description,
    string? DeviceModel,
    ReservationState State,
    decimal CardHours,
    decimal RemainingCardHours,
    decimal UnusedCardHours,
    decimal UnitPrice,
    Money Net,
    Money Tax,
    Money Total,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt
);

/// <summary>Capacity paid ahead: bought from the customer's credit, used before anything is charged.</summary>
public interface IReservations
{
    /// <summary>
    /// Pays and opens it in one commit. <c>insufficient-funds</c> when the prepaid credit does not cover it; promotional credit cannot pay
    /// ahead.
    /// </summary>
    /// <exception cref="ArgumentException">The purchase is malformed.</exception>
    Task<Outcome<ReservationView>> BuyAsync(ReservationPurchase purchase, string idempotencyKey, CancellationToken ct);
    Task<ReservationView?> FindAsync(string reservationId, CancellationToken ct);
    Task<Page<ReservationView>> ListAsync(PageQuery query, CancellationToken ct);
}
