using System.Globalization;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Bench;

/// <summary>
/// How much of a cluster of 6,212 devices gets used when a recorded workload is packed onto it: our policy and those it is compared with, in
/// the same replays, over ten seeds. Decisions in process, no API server.
/// </summary>
internal static class OpenbBenchmark
{
    private static readonly int[] Seeds = [.. Enumerable.Range(42, 10)];

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        string folder = context.Data("openb");
        var published = OpenbTrace.Published(folder);
        var measurements = new List<Measurement>();
        await Console.Out.WriteLineAsync(
            "workload      policy          100 %     sd   130 %     sd   worst gain   published     pods/s  p99 µs".AsMemory(),
            cancellation
        );
        foreach (var trace in OpenbTrace.All(folder))
        {
            context.Log(trace.Workload);
            var runs = Replays(trace, cancellation);
            var (podsPerSecond, p99) = Speed(trace);
            foreach (string policy in PackingPolicies.Names)
            {
                var figures = runs[policy];
                bool ours = policy == PackingPolicies.Default;
                double gain = ours ? 0 : Seeds.Select((_, i) => runs[PackingPolicies.Default][i].At100 - figures[i].At100).Min();
                measurements.AddRange(Measurements($"{trace.Workload}/{policy}", figures));
                if (ours)
                    measurements.AddRange([
                        new("pods_per_second", podsPerSecond, "≥ 50000", $"{trace.Workload}/{policy}", "1/s"),
                        new("p99_us", p99, "≤ 250", $"{trace.Workload}/{policy}", "µs"),
                    ]);
                string known = published.TryGetValue((trace.Workload, policy), out double value) ? Percent(value) : "–";
                await Console.Out.WriteLineAsync(
                    string.Create(
                            CultureInfo.InvariantCulture,
                            $"{trace.Workload, -12}  {policy, -13} {Percent(Mean(figures, f => f.At100)), 7} {Deviation(figures, f => f.At100), 6:0.00} {Percent(Mean(figures, f => f.At130)), 7} {Deviation(figures, f => f.At130), 6:0.00}   {(ours ? "" : gain.ToString("+0.00;-0.00", CultureInfo.InvariantCulture)), 10} {known, 11} {(ours ? podsPerSecond.ToString("0", CultureInfo.InvariantCulture) : ""), 10} {(ours ? p99.ToString("0", CultureInfo.InvariantCulture) : ""), 7}"
                        )
                        .AsMemory(),
                    cancellation
                );
            }
        }
        return measurements;
    }

    /// <summary>All policies on the same arrivals, seed by seed.</summary>
    private static Dictionary<string, (double At100, double At130)[]> Replays(OpenbTrace trace, CancellationToken cancellation)
    {
        var results = PackingPolicies.Names.ToDictionary(policy => policy, _ => new (double, double)[Seeds.Length]);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(
            0,
            Seeds.Length,
            options,
            i =>
            {
                var arrivals = OpenbReplay.Arrivals(trace, Seeds[i]);
                foreach (string policy in PackingPolicies.Names)
                    results[policy][i] = OpenbReplay.Allocation(trace, arrivals, policy, Seeds[i]);
            }
        );
        return results;
    }

    /// <summary>Alone, after the replays have warmed the code up; the middle one of five runs.</summary>
    private static (double PodsPerSecond, double P99) Speed(OpenbTrace trace)
    {
        var arrivals = OpenbReplay.Arrivals(trace, Seeds[0]);
        var runs = Enumerable.Range(0, 5).Select(_ => OpenbReplay.Speed(trace, arrivals, PackingPolicies.Default)).ToList();
        return (
            Quantiles.Of([.. runs.Select(run => run.PodsPerSecond)], 0.5),
            Quantiles.Of([.. runs.Select(run => Quantiles.Of(run.Microseconds, 0.99))], 0.5)
        );
    }

    private static IEnumerable<Measurement> Measurements(string name, (double At100, double At130)[] figures) =>
        [
            new("allocation100", Mean(figures, f => f.At100), Case: name, Unit: "%"),
            new("allocation130", Mean(figures, f => f.At130), Case: name, Unit: "%"),
            new("sd100", Deviation(figures, f => f.At100), Case: name, Unit: "%"),
        ];

    private static double Mean<T>(IReadOnlyCollection<T> values, Func<T, double> of) => values.Average(of);

    /// <summary>Of a sample: divided by one less than its size.</summary>
    private static double Deviation<T>(IReadOnlyCollection<T> values, Func<T, double> of)
    {
        double mean = Mean(values, of);
        return Math.Sqrt(values.Sum(value => (of(value) - mean) * (of(value) - mean)) / (values.Count - 1));
    }

    private static string Percent(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
