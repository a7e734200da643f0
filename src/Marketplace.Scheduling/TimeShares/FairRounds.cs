namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// Max-min fairness realised in rounds, as Gavel does (OSDI 2020, § 5): the job that is furthest behind its share on a chip goes first.
/// </summary>
/// <remarks>
/// Priority on a chip = share / (time received there since the shares were computed / time all jobs received there). Ties: what earlier
/// shares still owe, then the share, then the order of arrival. Shares are computed again when jobs came or went, but not more often than
/// <paramref name="leastSeconds"/>; a job that came in between waits for it.
/// </remarks>
/// <param name="pools">The chips.</param>
/// <param name="leastSeconds">Gavel's simulator uses 1920.</param>
/// <param name="roundSeconds">Every job is counted as having had half a round everywhere, so that the first comparison is defined.</param>
public sealed class FairRounds(IReadOnlyList<ChipPool> pools, double leastSeconds = 1920, double roundSeconds = 360) : RoundPolicy(pools)
{
    private readonly Dictionary<int, Account> accounts = [];
    private double sharedAt = double.NegativeInfinity;
    private double[] given = [];

    /// <inheritdoc/>
    public override void Ran(SharedJob job, int pool, double seconds)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (accounts.TryGetValue(job.Id, out var account))
        {
            account.Received[pool] += seconds;
            given[pool] += seconds;
        }
    }

    private protected override int[] Choose(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        var changed = accounts.Count != jobs.Count || jobs.Any(job => !accounts.ContainsKey(job.Id));
        if (changed && nowSeconds - sharedAt >= leastSeconds)
        {
            Share(nowSeconds, jobs);
        }

        var at = new int[jobs.Count];
        Array.Fill(at, -1);
        for (var p = 0; p < Pools.Count; p++)
        {
            var free = Pools[p].Cards;
            var pool = p;
            var order = Enumerable
                .Range(0, jobs.Count)
                .Where(j => at[j] < 0 && jobs[j].Kind.Speeds[pool] > 0 && accounts.ContainsKey(jobs[j].Id))
                .Select(j => (Job: j, Account: accounts[jobs[j].Id]))
                .OrderByDescending(each => each.Account.Shares[pool] * given[pool] / each.Account.Received[pool])
                .ThenByDescending(each => each.Account.Owed[pool])
                .ThenByDescending(each => each.Account.Shares[pool])
                .ThenBy(each => each.Job);
            foreach (var (j, _) in order)
            {
                if (jobs[j].Kind.Cards <= free)
                {
                    free -= jobs[j].Kind.Cards;
                    at[j] = p;
                }
            }
        }

        return at;
    }

    private void Share(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        var shares = FairShares.Of(Pools, jobs);
        var there = jobs.Select(job => job.Id).ToHashSet();
        foreach (var gone in accounts.Keys.Where(id => !there.Contains(id)).ToList())
        {
            accounts.Remove(gone);
        }

        given = new double[Pools.Count];
        for (var j = 0; j < jobs.Count; j++)
        {
            if (!accounts.TryGetValue(jobs[j].Id, out var account))
            {
                accounts.Add(jobs[j].Id, account = new Account(Pools.Count));
            }

            account.Settle(shares[j], double.IsInfinity(sharedAt) ? 0 : nowSeconds - sharedAt, roundSeconds / 2);
            for (var p = 0; p < given.Length; p++)
            {
                given[p] += roundSeconds / 2;
            }
        }

        sharedAt = nowSeconds;
    }

    private sealed class Account(int pools)
    {
        public double[] Shares { get; private set; } = new double[pools];
        public double[] Received { get; } = new double[pools];
        public double[] Owed { get; } = new double[pools];
        private bool settled;

        public void Settle(double[] shares, double seconds, double start)
        {
            for (var p = 0; p < Received.Length; p++)
            {
                Owed[p] += settled ? (Shares[p] * seconds) - (Received[p] - start) : 0;
                Received[p] = start;
            }

            (Shares, settled) = (shares, true);
        }
    }
}
