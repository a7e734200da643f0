namespace Marketplace.Scheduling.Market;

/// <summary>
/// What one batch may hold. A batch takes about 60 bytes per candidate, 100 per order and 80 per offer: 1,000,000 candidates of 50,000 orders
/// fit 100 MiB. Larger books are split by region or model, where candidates do not cross.
/// </summary>
public static class MarketBounds
{
    /// <summary>Most orders of a batch.</summary>
    public const int MaxOrders = 1_000_000;

    /// <summary>Most offers of a batch.</summary>
    public const int MaxOffers = 1_000_000;

    /// <summary>Most candidates over all orders of a batch.</summary>
    public const int MaxCandidates = 5_000_000;

    /// <summary>Largest utility of an order in micro-units, either sign: 1,000,000,000 in whole currency.</summary>
    public const long MaxUtility = 1_000_000_000_000_000;

    /// <summary>Bids per candidate and order after which an auction stops where it is; its bound still holds.</summary>
    public const int BidsPerEntry = 40;
}
