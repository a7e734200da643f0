namespace Marketplace.Scheduling.Market;

/// <summary>
/// Matches a batch of orders to offers so that their total utility is as large as possible, and says how far from the best it may be. For
/// times of contention: with plenty of supply <see cref="ArrivalMatching"/> finds the same.
/// </summary>
public static class BatchMarket
{
    /// <summary>The usual tolerance: the certified gap is about this share of the value or less.</summary>
    public const double DefaultTolerance = 0.0005;

    /// <summary>
    /// Prices and a relaxed matching by auction (<see cref="CardAuction"/>), whole orders by exchange (<see cref="WholeOrders"/>), the bound
    /// from the prices (<see cref="DualBound"/>). Deterministic; one thread; time grows with candidates / tolerance and is bounded by
    /// <see cref="MarketBounds.BidsPerEntry"/>.
    /// </summary>
    /// <param name="book">The batch.</param>
    /// <param name="tolerance">Above 0, at most 0.5: a smaller one takes longer and certifies more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is out of range or not a number.</exception>
    public static MarketOutcome Match(MarketBook book, double tolerance = DefaultTolerance)
    {
        ArgumentNullException.ThrowIfNull(book);
        if (!(tolerance is > 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "Use a share above 0 and at most 0.5.");
        }

        var auction = new CardAuction(book, tolerance);
        auction.Run();
        var whole = new WholeOrders(book, auction);
        whole.Run();
        return new MarketOutcome(
            whole.Places.OfferOf(),
            auction.Prices,
            whole.Places.Value,
            DualBound.Of(book, auction.Prices),
            auction.Bids,
            auction.Finished
        );
    }
}
