using System.Globalization;
using Marketplace.Scheduling.TimeShares;

namespace Marketplace.Bench;

/// <summary>
/// Gavel's simulated cluster (Narayanan et al., OSDI 2020): the average completion time of jobs 4,000 to 4,999 of a queue that goes on, by load, and the
/// makespan of 700 jobs that are all there; means over seeds 0, 1 and 2. Policies side by side on the same jobs. One thread.
/// </summary>
internal static class GavelBenchmark
{
    private const int First = 4000,
        End = 5000,
        Batch = 700;

    // Simulated time after the last measured arrival; a load that is too high would go on for ever.
    private const double GiveUpHours = 4000;
    private const string Own = "market";
    private const string Shared = "market sharing cards";
    private static readonly uint[] Seeds = [0, 1, 2];

    private static readonly IReadOnlyList<(string Name, Func<GavelTrace, RoundPolicy> Create, string? Published)> Policies =
    [
        (Own, _ => new MarketRounds(GavelTrace.Cluster), null),
        (Shared, trace => new MarketRounds(GavelTrace.Cluster, sharedSpeeds: trace.Together), "max_min_fairness_packed"),
        ("fair", _ => new FairRounds(GavelTrace.Cluster), "max_min_fairness_perf"),
        ("arrival", _ => new ArrivalRounds(GavelTrace.Cluster), "fifo_perf"),
    ];

    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        string folder = context.Data("gavel");
        var trace = new GavelTrace(folder);
        var published = GavelTrace.Published(folder);
        var measurements = new List<Measurement>();
        foreach (double load in new[] { 0.8, 2.4, 4.0, 4.8, 5.2, 5.6, 6.0 })
        {
            string at = load.ToString("0.0", CultureInfo.InvariantCulture);
            context.Log(at);
            foreach (var (name, create, anchor) in Policies)
            {
                var runs = Runs(
                    () => create(trace),
                    trace.Together,
                    seed => trace.Jobs(seed, load, severalCards: false),
                    First,
                    End,
                    (End / load) + GiveUpHours,
                    cancellation
                );
                // Below what Gavel printed for its own policies, without and with two jobs on the same cards.
                string? goal =
                    name == Own ? "max_min_fairness_perf"
                    : name == Shared ? "max_min_fairness_packed"
                    : null;
                string? aim = goal is not null && Paper(goal) is { } least ? $"< {least.ToString(CultureInfo.InvariantCulture)}" : null;
                if (runs is null)
                {
                    context.Log($"{at} {name}: not done {GiveUpHours} simulated hours after the last arrival");
                    continue;
                }
                string label = CaseOf(at, name);
                measurements.Add(new("avg_jct_h", runs.Average(run => run.AverageHours), "h", aim, label));
                if (goal is not null)
                    measurements.Add(new("decision_ms", runs.Average(run => run.DecisionMs), "ms", null, label));
                if (anchor is not null && Paper(anchor) is { } value)
                    measurements.Add(new("published_avg_jct_h", value, "h", null, $"{at}/{anchor}"));
            }

            double? Paper(string policy) => published.TryGetValue(("continuous-single", policy, load), out double hours) ? hours : null;
        }
        Makespans(context, trace, published, measurements, cancellation);
        return Task.FromResult<IReadOnlyList<Measurement>>(measurements);
    }

    private static void Makespans(
        BenchmarkContext context,
        GavelTrace trace,
        IReadOnlyDictionary<(string Trace, string Policy, double Load), double> published,
        List<Measurement> measurements,
        CancellationToken cancellation
    )
    {
        context.Log("makespan");
        IEnumerable<GavelJob> Jobs(uint seed) => trace.Jobs(seed, 0, severalCards: true).Take(Batch);
        (string Name, Func<RoundPolicy> Create)[] policies =
        [
            (Own, () => new MarketRounds(GavelTrace.Cluster, RoundGoal.Makespan)),
            (Shared, () => new MarketRounds(GavelTrace.Cluster, RoundGoal.Makespan, trace.Together)),
            ("fair", () => new FairRounds(GavelTrace.Cluster)),
            ("arrival", () => new ArrivalRounds(GavelTrace.Cluster)),
        ];
        foreach (var (name, create) in policies)
        {
            var runs = Runs(create, trace.Together, Jobs, 0, Batch, GiveUpHours, cancellation)!;
            measurements.Add(
                new(
                    "makespan_h",
                    runs.Average(run => run.EndHours),
                    "h",
                    name == Own ? "< 244.2"
                        : name == Shared ? "< 226.2"
                        : null,
                    CaseOf($"{Batch} jobs", name)
                )
            );
        }
        double bound = Seeds.Average(seed =>
            ChipPrices.LeastSeconds(GavelTrace.Cluster, [.. Jobs(seed).Select((job, id) => new SharedJob(id, job.Kind, job.Steps))]) / 3600
        );
        measurements.Add(new("makespan_bound_h", bound, "h", null, $"{Batch} jobs"));
        foreach (string policy in new[] { "Gavel", "Gavel w/ SS", "FIFO" })
            measurements.Add(
                new("published_makespan_h", published[("static-multiple", policy, Batch)], "h", null, $"{Batch} jobs/{policy}")
            );
    }

    /// <summary>The product's own policy needs no name.</summary>
    private static string CaseOf(string run, string policy) => policy == Own ? run : $"{run}/{policy}";

    /// <summary>One run per seed; null when a load is too high for the policy.</summary>
    private static List<GavelSimulation.Result>? Runs(
        Func<RoundPolicy> create,
        SharedSpeeds shared,
        Func<uint, IEnumerable<GavelJob>> jobs,
        int first,
        int end,
        double giveUpHours,
        CancellationToken cancellation
    )
    {
        var runs = new List<GavelSimulation.Result>();
        foreach (uint seed in Seeds)
        {
            if (GavelSimulation.Run(create(), jobs(seed), first, end, giveUpHours, shared, cancellation) is not { } run)
                return null;
            runs.Add(run);
        }
        return runs;
    }
}
