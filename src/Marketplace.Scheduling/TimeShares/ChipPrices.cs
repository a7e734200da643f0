namespace Marketplace.Scheduling.TimeShares;

/// <summary>What an hour of each chip is worth to the jobs there are: the prices at which all of them are done soonest.</summary>
/// <remarks>
/// The fluid problem: the largest rate λ at which every kind's remaining work can be worked off at once, Σ over chips of speed · time ≥
/// λ · work of the kind and Σ over kinds of cards · time ≤ cards of the chip. The dual values of the chips are their prices. A job belongs on the chip
/// where its work is cheapest, price / speed: its comparative advantage. A chip that no kind needs has a small price instead of none, so that
/// work on it is compared by speed.
/// </remarks>
public static class ChipPrices
{
    private const double Least = 1e-3;

    /// <summary>Seconds that all remaining work takes at least, whoever schedules it, one job at a time on a card: no gaps, no job alone at the end.</summary>
    /// <exception cref="Model.InvalidSupplyException">A pool or a job cannot be true; the problems name the fields.</exception>
    public static double LeastSeconds(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(jobs);
        TimeShareBounds.Check(pools);
        TimeShareBounds.Check(pools, jobs);
        var longest = jobs.Where(job => CanRun(pools, job.Kind)).Select(job => job.BestSeconds).DefaultIfEmpty(0).Max();
        var (program, _, total) = Solve(pools, jobs);
        return Math.Max(longest, program.Value > 0 ? total / program.Value : 0);
    }

    /// <summary>The price of each chip per card, the dearest 1.</summary>
    internal static double[] Of(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs)
    {
        var (program, kinds, _) = Solve(pools, jobs);
        double[] prices = [.. Enumerable.Range(0, pools.Count).Select(p => program.PriceOf(kinds + p))];
        var most = prices.Max();
        return [.. prices.Select(price => most > 0 ? Math.Max(Least, price / most) : 1)];
    }

    private static (LinearProgram Program, int Kinds, double TotalSeconds) Solve(
        IReadOnlyList<ChipPool> pools,
        IReadOnlyList<SharedJob> jobs
    )
    {
        // In seconds on the kind's best chip, so that kinds whose units of work differ have numbers of the same size.
        var work = new Dictionary<JobKind, double>();
        foreach (var job in jobs.Where(job => CanRun(pools, job.Kind)))
        {
            work[job.Kind] = work.GetValueOrDefault(job.Kind) + job.BestSeconds;
        }

        TimeShareBounds.CheckKinds(work.Count);
        int kinds = work.Count,
            chips = pools.Count;
        var total = work.Values.Sum();
        var program = new LinearProgram(kinds + chips, (kinds * chips) + 1);
        program.Gain(kinds * chips, 1);
        var g = 0;
        foreach (var (kind, seconds) in work)
        {
            program.Set(g, kinds * chips, seconds / total);
            for (var p = 0; p < chips; p++)
            {
                if (kind.Cards <= pools[p].Cards)
                {
                    program.Set(g, (g * chips) + p, -kind.Speeds[p] / kind.BestSpeed);
                }

                program.Set(kinds + p, (g * chips) + p, kind.Cards);
            }

            g++;
        }

        for (var p = 0; p < chips; p++)
        {
            program.Limit(kinds + p, pools[p].Cards);
        }

        if (kinds > 0)
        {
            program.Solve();
        }

        return (program, kinds, total);
    }

    private static bool CanRun(IReadOnlyList<ChipPool> pools, JobKind kind) =>
        pools.Where((pool, p) => kind.Speeds[p] > 0 && kind.Cards <= pool.Cards).Any();

    /// <summary>What an hour of the job on its best chip is worth: its work at the chip where it is cheapest.</summary>
    internal static double Worth(JobKind kind, double[] prices)
    {
        var least = double.PositiveInfinity;
        for (var p = 0; p < prices.Length; p++)
        {
            if (kind.Speeds[p] > 0)
            {
                least = Math.Min(least, kind.Cards * prices[p] * kind.BestSpeed / kind.Speeds[p]);
            }
        }

        return least;
    }
}
