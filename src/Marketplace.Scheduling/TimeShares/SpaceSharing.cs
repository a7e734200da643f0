using Marketplace.Scheduling.Market;

namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// Puts a waiting job beside a running one where both together do more than the running one alone (space sharing, OSDI 2020, § 3.1): a second market in which the
/// running jobs are the offers.
/// </summary>
/// <remarks>
/// Utility of a pair = what both do per second, each second of a job worth what it is worth in the first market, less what the running one
/// did alone. Both have the same number of cards. A waiting job looks at the <see cref="Candidates"/> best of the running ones, and only the
/// <see cref="MostWaiting"/> worthiest look, which bounds a round whatever the queue.
/// </remarks>
internal static class SpaceSharing
{
    private const int Candidates = 10;
    private const int MostWaiting = 200;
    private const double Tolerance = 1e-3;

    /// <summary>The partner of each job, or −1; a waiting job with a partner is moved to his pool.</summary>
    /// <param name="worth">Of a second on the best chip, by job.</param>
    public static int[] Pair(IReadOnlyList<SharedJob> jobs, double[] worth, int[] poolOf, SharedSpeeds speeds)
    {
        var beside = new int[jobs.Count];
        Array.Fill(beside, -1);
        int[] running = [.. Enumerable.Range(0, jobs.Count).Where(j => poolOf[j] >= 0)];
        int[] waiting =
        [
            .. Enumerable
                .Range(0, jobs.Count)
                .Where(j => poolOf[j] < 0 && jobs[j].Kind.BestSpeed > 0)
                .OrderByDescending(j => worth[j])
                .ThenBy(j => j)
                .Take(MostWaiting),
        ];
        if (running.Length == 0 || waiting.Length == 0)
        {
            return beside;
        }

        var most = running.Concat(waiting).Max(j => worth[j]);
        var gains = new List<MarketCandidate>(running.Length);
        var orders = new MarketOrder[waiting.Length];
        for (var w = 0; w < waiting.Length; w++)
        {
            gains.Clear();
            for (var r = 0; r < running.Length; r++)
            {
                if (jobs[running[r]].Kind.Cards != jobs[waiting[w]].Kind.Cards)
                {
                    continue;
                }

                var gain = 1e12 * Gain(jobs, worth, running[r], waiting[w], poolOf[running[r]], speeds) / most;
                if (gain >= 1)
                {
                    gains.Add(new MarketCandidate(r, (long)Math.Min(gain, 2e12)));
                }
            }

            gains.Sort(
                (a, b) => b.UtilityMicros != a.UtilityMicros ? b.UtilityMicros.CompareTo(a.UtilityMicros) : a.Offer.CompareTo(b.Offer)
            );
            // One card stands for all cards of a pair: they have equally many.
            orders[w] = new MarketOrder(1, [.. gains.Take(Candidates)]);
        }

        var matched = BatchMarket.Match(new MarketBook([.. running.Select(_ => 1)], orders), Tolerance).OfferOf;
        for (var w = 0; w < waiting.Length; w++)
        {
            if (matched[w] >= 0)
            {
                var partner = running[matched[w]];
                (beside[waiting[w]], beside[partner]) = (partner, waiting[w]);
                poolOf[waiting[w]] = poolOf[partner];
            }
        }

        return beside;
    }

    private static double Gain(IReadOnlyList<SharedJob> jobs, double[] worth, int running, int waiting, int pool, SharedSpeeds speeds)
    {
        JobKind first = jobs[running].Kind,
            second = jobs[waiting].Kind;
        var (a, b) = speeds(first, second, pool);
        return a > 0 && b > 0 ? (worth[running] * (a - first.Speeds[pool]) / first.BestSpeed) + (worth[waiting] * b / second.BestSpeed) : 0;
    }
}
