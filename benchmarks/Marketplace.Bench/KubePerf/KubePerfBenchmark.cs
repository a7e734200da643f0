using System.Diagnostics;
using System.Globalization;
using Marketplace.Scheduling.Packing;
using Marketplace.Testing;

namespace Marketplace.Bench.KubePerf;

/// <summary>
/// The shape of kube-scheduler's scheduler_perf, SchedulingBasic/5000Nodes_50000Pods: 5,000 equal nodes, 5,000 pods that are there already and
/// 50,000 that are measured. Placement in process and nothing else: no API server, no watch, no binding, no queue.
/// </summary>
internal static class KubePerfBenchmark
{
    private const int Nodes = 5000;
    private const int PodsBefore = 5000;
    private const int Pods = 50_000;
    private const int Rounds = 5;

    // node-default.yaml and pod-default.yaml of scheduler_perf: 4 cores and 32 GiB; 100 milli-cores and 500 MiB.
    private static readonly PackingNode Node = new("", 0, 4000, 32_768);
    private static readonly PodShape Basic = new(100, 500);

    /// <summary>A mix of pods beside the one of scheduler_perf: eight sizes, drawn by a seed.</summary>
    private static readonly PodShape[] Mixed =
    [
        Basic,
        new(50, 128),
        new(100, 256),
        new(200, 512),
        new(250, 1024),
        new(500, 2048),
        new(300, 4096),
        new(1000, 1024),
    ];

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        var random = new Random(1);
        PodShape[] basic = [.. Enumerable.Repeat(Basic, PodsBefore + Pods)];
        PodShape[] mixed = [.. Enumerable.Range(0, PodsBefore + Pods).Select(_ => Mixed[random.Next(Mixed.Length)])];
        await Console.Out.WriteLineAsync(Row("pods", "policy", "decisions/s", "p99 µs", "placed"));
        foreach (var (name, pods) in new[] { ("basic", basic), ("mixed", mixed) })
        {
            foreach (string policy in new[] { PackingPolicies.Default, "spread", "bestfit" })
            {
                cancellation.ThrowIfCancellationRequested();
                // The fastest round, as whatever else runs here only slows it down; the slow policies once.
                int rounds = policy == PackingPolicies.Default ? Rounds : 1;
                var best = Enumerable.Range(0, rounds).Select(_ => Place(policy, pods)).MaxBy(run => run.PerSecond);
                // The product's own policy needs no name.
                string run = policy == PackingPolicies.Default ? name : $"{name}/{policy}";
                string? aim = policy == PackingPolicies.Default ? "≥ 50000" : null;
                measurements.Add(new("decisions_per_second", best.PerSecond, "1/s", aim, run));
                measurements.Add(new("p99_us", best.P99, "µs", Case: run));
                await Console.Out.WriteLineAsync(Row(name, policy, Text(best.PerSecond), Text(best.P99), Text(best.Placed)));
            }
        }
        await Console.Out.WriteLineAsync(
            "\nkube-scheduler's thresholds in its CI, pods/s with an API server and etcd in the process (another thing, for scale):"
        );
        foreach (string line in await File.ReadAllLinesAsync(context.Data("k8s-perf/kube_scheduler_perf_thresholds.csv"), cancellation))
        {
            string[] cells = line.Split(',');
            await Console.Out.WriteLineAsync($"{cells[0], -44}{cells[1], -46}{cells[^1], 22}");
        }
        if (ControlPlane.Unavailable is { } why)
        {
            await Console.Out.WriteLineAsync($"\napi/kube-scheduler and api/binder were not run: {why}");
            return measurements;
        }
        var compared = await ApiComparison.RunAsync(context, cancellation);
        await Console.Out.WriteLineAsync($"\nwith a real API server\n{Report.Table(compared)}");
        return [.. measurements, .. compared];
    }

    private static (double PerSecond, double P99, int Placed) Place(string policy, PodShape[] pods)
    {
        var packer = new NodePacker(PackingPolicies.Create(policy, new PackingFleet([.. Enumerable.Repeat(Node, Nodes)]), [], 1));
        foreach (var pod in pods.AsSpan(0, PodsBefore))
            packer.Place(pod);
        var microseconds = new List<double>(Pods);
        int placed = 0;
        long start = Stopwatch.GetTimestamp(),
            last = start;
        foreach (var pod in pods.AsSpan(PodsBefore))
        {
            placed += packer.Place(pod) is null ? 0 : 1;
            long now = Stopwatch.GetTimestamp();
            microseconds.Add((now - last) * 1e6 / Stopwatch.Frequency);
            last = now;
        }
        return (Pods / Stopwatch.GetElapsedTime(start, last).TotalSeconds, Quantiles.Of(microseconds, 0.99), placed);
    }

    private static string Row(params string[] cells) =>
        cells[0].PadRight(10) + cells[1].PadRight(12) + string.Concat(cells[2..].Select(c => c.PadLeft(14)));

    private static string Text(double value) => value.ToString(value < 1000 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
