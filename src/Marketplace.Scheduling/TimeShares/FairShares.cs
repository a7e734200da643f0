namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// Time shares by max-min fairness over effective throughputs: Narayanan et al., "Heterogeneity-aware cluster scheduling policies for deep
/// learning workloads", OSDI 2020, § 4.1.
/// </summary>
/// <remarks>
/// max over X of min over jobs of (1/w) · (throughput(X) / throughput(X equal)) · cards, with throughput(X) = Σ over chips of speed · share, no
/// job running more than all the time and no chip giving more than its cards. Jobs of one kind and weight are interchangeable, so the
/// program has one variable per kind and chip for all of them together. Beyond the paper, what the minimum leaves is not wasted: a small term adds the
/// sum, so that the solution is one no job can gain in without another losing.
/// </remarks>
internal static class FairShares
{
    private const double Sum = 1e-3;

    /// <summary>The shares of each job on each chip: [job][chip], 0 to 1.</summary>
    public static double[][] Of(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs)
    {
        var cards = pools.Sum(pool => (double)pool.Cards);
        return Solve(
            pools,
            jobs,
            (job, p) =>
            {
                double equal = 0;
                for (var each = 0; each < pools.Count; each++)
                {
                    equal += job.Kind.Speeds[each] * pools[each].Cards / cards;
                }

                return equal == 0 ? 0 : job.Kind.Speeds[p] * job.Kind.Cards / (job.Weight * equal);
            }
        );
    }

    private static double[][] Solve(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs, Func<SharedJob, int, double> gain)
    {
        var groups = new Dictionary<(JobKind, double), List<int>>();
        for (var j = 0; j < jobs.Count; j++)
        {
            var key = (jobs[j].Kind, jobs[j].Weight);
            if (!groups.TryGetValue(key, out var members))
            {
                groups.Add(key, members = []);
            }

            members.Add(j);
        }

        TimeShareBounds.CheckKinds(groups.Count);
        if (groups.Count == 0)
        {
            // The least share of nobody has no largest value.
            return [];
        }

        // Rows: the minimum of each kind, the time of each kind, the cards of each chip. Columns: kind · chip, then the minimum.
        int kinds = groups.Count,
            chips = pools.Count,
            least = kinds * chips;
        var program = new LinearProgram((2 * kinds) + chips, least + 1);
        program.Gain(least, 1);
        var g = 0;
        foreach (var members in groups.Values)
        {
            var job = jobs[members[0]];
            program.Set(g, least, members.Count);
            program.Limit(kinds + g, members.Count);
            for (var p = 0; p < chips; p++)
            {
                var column = (g * chips) + p;
                // A job that fits no chip of a kind has no share of it.
                var value = job.Kind.Cards <= pools[p].Cards ? gain(job, p) : 0;
                program.Set(g, column, -value);
                program.Set(kinds + g, column, 1);
                program.Set((2 * kinds) + p, column, job.Kind.Cards);
                program.Gain(column, Sum * value / jobs.Count);
            }

            g++;
        }

        for (var p = 0; p < chips; p++)
        {
            program.Limit((2 * kinds) + p, pools[p].Cards);
        }

        var x = program.Solve();
        var shares = new double[jobs.Count][];
        g = 0;
        foreach (var members in groups.Values)
        {
            foreach (var j in members)
            {
                shares[j] = new double[chips];
                for (var p = 0; p < chips; p++)
                {
                    shares[j][p] = Math.Min(1, x[(g * chips) + p] / members.Count);
                }
            }

            g++;
        }

        return shares;
    }
}
