using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Orders.Contracts;

/// <param name="OfferId">An offer with a prepaid price.</param>
/// <param name="CardHours">At least what the offer sells at once, with at most three decimals.</param>
public sealed record BuyReservation(string OfferId, decimal CardHours);

/// <summary>What prepaid card-hours cost now.</summary>
/// <param name="UnitPrice">Per card-hour, before tax.</param>
/// <param name="ListPrice">What a card-hour costs on demand.</param>
/// <param name="Days">How long they can be used.</param>
/// <param name="MinCardHours">The least that is sold at once.</param>
public sealed record ReservationPrice(decimal UnitPrice, decimal ListPrice, Money Net, Money Tax, Money Total, int Days, int MinCardHours);

/// <summary>Buys capacity ahead from an offer that sells it.</summary>
public interface IReservationDesk
{
    /// <summary>The price without buying; <c>not-prepaid</c> when the offer does not sell ahead.</summary>
    Task<Outcome<ReservationPrice>> PriceAsync(BuyReservation request, CancellationToken ct);

    /// <summary>Pays from the customer's prepaid credit. The same key buys once.</summary>
    Task<Outcome<ReservationView>> BuyAsync(BuyReservation request, string idempotencyKey, CancellationToken ct);
}
