using Marketplace.Billing.Ledger;

namespace Marketplace.Billing.Rating.Reservations;

/// <summary>What a reservation was paid with, and how that divides as it is served.</summary>
/// <param name="Quantity">Bought, in card-seconds.</param>
/// <param name="Whole">All of it.</param>
internal sealed record ReservationTerms(decimal Quantity, Share Whole)
{
    private const int MicroDecimals = 0;

    /// <summary>What is earned once so much of it was served or went by: each part by its proportion, the operator gets the rest.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than was bought.</exception>
    public Share EarnedAt(decimal served)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(served, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(served, Quantity);
        long Part(long whole) => (long)ExactMath.Quotient(whole, served, Quantity, MicroDecimals);
        long net = Part(Whole.Net);
        long center = Part(Whole.Center);
        long commission = Part(Whole.Commission);
        return new Share(net, Part(Whole.Tax), center, checked(net - center - commission), commission);
    }
}

/// <summary>What is left of a reservation, under its lock.</summary>
/// <param name="Remaining">In card-seconds.</param>
internal sealed record ReservationPool(
    string Id,
    decimal Remaining,
    DateTimeOffset UsableFrom,
    DateTimeOffset UsableTo,
    ReservationTerms Terms
)
{
    public decimal Served => Terms.Quantity - Remaining;

    /// <summary>A window is of the reservation when it begins in its time.</summary>
    public bool Covers(DateTimeOffset from) => Remaining > 0 && from >= UsableFrom && from < UsableTo;
}

/// <summary>Taken of a reservation for one window; below zero what goes back to it, because less was used.</summary>
/// <param name="Earned">What its parties earn by it, or give back.</param>
internal sealed record ReservationDraw(string ReservationId, decimal Quantity, Share Earned);
