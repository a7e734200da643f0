using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Bench;

/// <summary>
/// One of Kueue's performance tests in simulated time: workloads arrive at their intervals, run for their runtime after admission, and give
/// their quota back. Every moment in which something arrives or ends has one scheduling pass, after all its events. Time is in µs.
/// </summary>
internal sealed class QueueReplay
{
    private readonly List<QueueSpec> specs = [];
    private readonly List<Arrival> arrivals = [];
    private readonly List<(long Quota, List<Arrival> Arrivals)> cohorts = [];

    /// <param name="stagger">
    /// As the test is written, all queues get theirs in the same moments, and a pass serves many events. A seed spreads every arrival over
    /// the interval before it, so that nearly every event has a pass of its own: the harder case for who decides.
    /// </param>
    public QueueReplay(KueueGenerator generator, int? stagger = null)
    {
        foreach (var cohort in generator.Cohorts)
            for (int c = 0; c < cohort.Count; c++)
                Add(cohort, $"{cohort.ClassName}-{c}");
        if (stagger is { } seed)
        {
            var random = new Random(seed);
            foreach (var arrival in arrivals)
                arrival.AtUs -= random.Next(arrival.IntervalUs);
        }
        // Stable: of one moment, in the order of the file.
        arrivals = [.. arrivals.OrderBy(arrival => arrival.AtUs)];
    }

    public int Queues => specs.Count - cohorts.Count;
    public int Workloads => arrivals.Count;

    /// <summary>
    /// No scheduler ends sooner: for every cohort and every arrival time t, what arrives from t on takes at least its work divided by the
    /// cohort's quota, and every workload ends at its arrival plus its runtime at the soonest.
    /// </summary>
    public double BoundUs =>
        cohorts.Max(cohort => Math.Max(QuotaBound(cohort.Quota, cohort.Arrivals), cohort.Arrivals.Max(a => a.AtUs + a.RuntimeUs)));

    /// <summary>Runs everything under a discipline.</summary>
    /// <param name="reclaims">Whether queues evict as their policies allow; whoever is evicted begins again.</param>
    public Result Run(string discipline, bool reclaims = false)
    {
        var run = new QueueReplayRun(new WorkloadQueues(new QueueTree(["cpu"], specs), discipline), reclaims);
        var next = 0;
        while (next < arrivals.Count || run.NextEnd < long.MaxValue)
        {
            var now = Math.Min(next < arrivals.Count ? arrivals[next].AtUs : long.MaxValue, run.NextEnd);
            run.End(now);
            for (; next < arrivals.Count && arrivals[next].AtUs == now; next++)
                run.Submit(arrivals[next]);
            run.Pass(now);
        }
        return run.Result(arrivals.Count);
    }

    private void Add(KueueGenerator.Cohort cohort, string name)
    {
        specs.Add(new QueueSpec(name, null, new Dictionary<string, ResourceQuota>()));
        long quota = 0;
        var own = new List<Arrival>();
        foreach (var set in cohort.QueuesSets)
            for (int q = 0; q < set.Count; q++)
            {
                quota += set.NominalQuota;
                specs.Add(
                    new QueueSpec(
                        $"{name}-{set.ClassName}-{q}",
                        name,
                        new Dictionary<string, ResourceQuota> { ["cpu"] = new(set.NominalQuota, set.BorrowingLimit) },
                        1,
                        Enum.Parse<ReclaimWithinCohort>(set.ReclaimWithinCohort),
                        Enum.Parse<WithinClusterQueue>(set.WithinClusterQueue)
                    )
                );
                own.AddRange(set.WorkloadsSets.SelectMany(workloads => Arrivals(workloads, specs.Count - 1)));
            }
        cohorts.Add((quota, own));
        arrivals.AddRange(own);
    }

    /// <summary>As the original's generator: it waits for the interval before each one that it creates.</summary>
    private static IEnumerable<Arrival> Arrivals(KueueGenerator.WorkloadSet set, int queue) =>
        from i in Enumerable.Range(0, set.Count)
        from each in set.Workloads.Index()
        select new Arrival(queue, each.Item, new WorkloadShape(1, each.Item.Request))
        {
            AtUs = 1000L * ((i * set.Workloads.Count) + each.Index + 1) * set.CreationIntervalMs,
            IntervalUs = 1000 * set.CreationIntervalMs,
        };

    /// <summary>The work of all workloads: request times runtime.</summary>
    public double WorkUs => arrivals.Sum(arrival => (double)arrival.Class.Request * arrival.RuntimeUs);

    private static double QuotaBound(long quota, List<Arrival> arrivals)
    {
        double bound = 0,
            work = 0;
        foreach (var arrival in arrivals.OrderByDescending(arrival => arrival.AtUs))
        {
            work += (double)arrival.Class.Request * arrival.RuntimeUs;
            bound = Math.Max(bound, arrival.AtUs + (work / quota));
        }
        return bound;
    }

    /// <param name="LostUs">Device time of workloads that were evicted, up to that moment.</param>
    /// <param name="MeanWaitUs">From arrival to the last admission, by class of workload.</param>
    internal sealed record Result(long MakespanUs, long Passes, long Evictions, double LostUs, Dictionary<string, double> MeanWaitUs);

    internal sealed class Arrival(int queue, KueueGenerator.WorkloadClass kind, WorkloadShape shape)
    {
        public int Queue { get; } = queue;
        public KueueGenerator.WorkloadClass Class { get; } = kind;
        public WorkloadShape Shape { get; } = shape;
        public long AtUs { get; set; }
        public required int IntervalUs { get; init; }
        public long RuntimeUs => 1000L * Class.RuntimeMs;
    }
}
