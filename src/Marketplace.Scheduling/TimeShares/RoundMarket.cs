using Marketplace.Scheduling.Market;

namespace Marketplace.Scheduling.TimeShares;

/// <summary>One round as a market: jobs are orders, pools are offers.</summary>
internal static class RoundMarket
{
    // Weights differ by orders of magnitude between the shortest and the longest job; ε has to be small against the small ones too.
    private const double Tolerance = 1e-4;

    /// <summary>The pool of each job, or −1, so that Σ worth · speed / best speed is as large as the market can make it.</summary>
    /// <param name="worth">Of a second on the best chip, by job; 0 or more.</param>
    public static int[] Match(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs, double[] worth)
    {
        var most = worth.DefaultIfEmpty(0).Max();
        var orders = new MarketOrder[jobs.Count];
        for (var j = 0; j < jobs.Count; j++)
        {
            var kind = jobs[j].Kind;
            var candidates = new List<MarketCandidate>(pools.Count);
            for (var p = 0; p < pools.Count; p++)
            {
                if (kind.Speeds[p] > 0)
                {
                    // At least 1: a job that may run runs when cards would be idle.
                    var utility = 1e12 * (worth[j] / most) * (kind.Speeds[p] / kind.BestSpeed);
                    candidates.Add(new MarketCandidate(p, Math.Max(1, (long)utility)));
                }
            }

            orders[j] = new MarketOrder(kind.Cards, candidates);
        }

        var book = new MarketBook([.. pools.Select(pool => pool.Cards)], orders);
        return [.. BatchMarket.Match(book, Tolerance).OfferOf];
    }
}
