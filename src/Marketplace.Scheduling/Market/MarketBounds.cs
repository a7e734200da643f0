namespace Marketplace.Scheduling.Market;

/// <summary>
/// What one batch may hold. 1,000,000 candidates of 50,000 orders allocate less than 200 MiB, building
/// included, and take about a second; a test holds the memory and the number of bids. Larger books are split by region or model, where candidates do not cross.
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

    /// <summary>Looks at candidates, per candidate and order, after which whole orders are no longer exchanged.</summary>
    public const int LooksPerEntry = 500;
}
