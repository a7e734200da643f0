namespace Marketplace.Scheduling.Market;

/// <summary>Who got what, at which prices, and how far from the best this can be.</summary>
/// <param name="OfferOf">The offer of each order, or −1 for an order that gets none.</param>
/// <param name="PriceMicros">
/// Price that contention puts on one card of each offer, on top of what its seller asks, in micro-units; 0 where nobody is turned away. They
/// are the prices of the bound, not an invoice.
/// </param>
/// <param name="ValueMicros">Total utility of the orders that got an offer.</param>
/// <param name="BoundMicros">No matching whatever has a larger total: see <see cref="DualBound"/>.</param>
/// <param name="Bids">Bids that were made.</param>
/// <param name="Finished">False when the bids ran out (<see cref="MarketBounds.BidsPerEntry"/>): the matching and the bound still hold.</param>
public sealed record MarketOutcome(
    IReadOnlyList<int> OfferOf,
    IReadOnlyList<long> PriceMicros,
    Int128 ValueMicros,
    Int128 BoundMicros,
    long Bids,
    bool Finished
)
{
    /// <summary>The share of the bound that was reached, 0 to 1; 1 when there was nothing to reach.</summary>
    public double ValueOverBound => BoundMicros == 0 ? 1 : (double)ValueMicros / (double)BoundMicros;
}
