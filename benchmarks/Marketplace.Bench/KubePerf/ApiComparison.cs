using System.Globalization;
using Marketplace.Clusters;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Reconciling;

namespace Marketplace.Bench.KubePerf;

/// <summary>
/// kube-scheduler and our binder in turns on one real API server: the same nodes, the same pods but for the name of their scheduler, created by
/// the same client while the scheduler works, as in scheduler_perf. The figure is pods per second from the first pod seen to the last seen
/// bound, by one watch that runs in every turn.
/// </summary>
internal static class ApiComparison
{
    private const int Nodes = 5000;
    private const int PodsBefore = 500;
    private const int Pods = 5000;
    private const int Turns = 3;
    private const int Contracts = 50;

    // Bounds a run that stands still; never the measure.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private static readonly Contestant[] Contestants = [new("kube-scheduler", "default-scheduler"), new("binder", Marks.SchedulerName)];

    private sealed record Contestant(string Name, string SchedulerName);

    private sealed record Turn(double Seconds, double CreationSeconds, List<double> WaitMs);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        await using var cluster = await KubeApiCluster.StartAsync(Nodes, cancellation);
        await using var watch = new BoundPods(cluster.Client);
        await watch.StartAsync();
        context.Log("control plane and nodes are there");
        // Pods that stay, as in scheduler_perf; they also warm both up.
        foreach (var one in Contestants)
            await TurnAsync(cluster, watch, one, "before", PodsBefore, cancellation);
        var turns = Contestants.ToDictionary(one => one, _ => new List<Turn>());
        for (int turn = 0; turn < Turns; turn++)
        {
            foreach (var one in Contestants)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"turn{turn}");
                var took = await TurnAsync(cluster, watch, one, name, Pods, cancellation);
                turns[one].Add(took);
                context.Log(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{one.Name}, {name}: {Pods / took.Seconds:0} pods/s (all {Pods} created after {took.CreationSeconds:0.0} s, bound after {took.Seconds:0.0} s)"
                    )
                );
                await cluster.DeletePodsAsync(Names(one, name, Pods), cancellation);
            }
        }
        double Rate(Contestant one) => turns[one].Count * Pods / turns[one].Sum(turn => turn.Seconds);
        List<Measurement> measurements = [];
        foreach (var one in Contestants)
        {
            string label = $"api/{one.Name}";
            var waits = turns[one].SelectMany(turn => turn.WaitMs).ToList();
            measurements.Add(new("pods_per_second", Rate(one), "1/s", Case: label));
            measurements.Add(new("created_per_second", Pods * Turns / turns[one].Sum(turn => turn.CreationSeconds), "1/s", Case: label));
            measurements.Add(new("bound_p50_ms", Quantiles.Of(waits, 0.5), "ms", Case: label));
            measurements.Add(new("bound_p99_ms", Quantiles.Of(waits, 0.99), "ms", Case: label));
        }
        measurements.Add(new("ratio", Rate(Contestants[1]) / Rate(Contestants[0]), "", "> 1", "api"));
        return measurements;
    }

    private static async Task<Turn> TurnAsync(
        KubeApiCluster cluster,
        BoundPods watch,
        Contestant one,
        string turn,
        int count,
        CancellationToken cancellation
    )
    {
        // kube-scheduler cannot be put away, so in our turns it follows the pods as well; in its turns nothing of ours runs but the watch.
        await using var binder = one.SchedulerName == Marks.SchedulerName ? await ConnectAsync(cluster, cancellation) : null;
        var done = watch.Expect(count);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        var pods = Names(one, turn, count).Select((name, i) => KubeApiCluster.Pod(name, one.SchedulerName, Contract(i % Contracts)));
        await cluster.CreateAsync(pods, cancellation);
        double created = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        try
        {
            await done.WaitAsync(Deadline, cancellation);
        }
        catch (TimeoutException)
        {
            throw new BenchmarkException($"{one.Name} has not bound all of {count} pods after {Deadline.TotalMinutes:0} minutes.");
        }
        var (seconds, waits) = watch.Read();
        return new(seconds, created, waits);
    }

    /// <summary>The product's connection to a cluster, with every contract of the pods wanted there.</summary>
    private static async Task<ClusterConnection> ConnectAsync(KubeApiCluster cluster, CancellationToken cancellation)
    {
        var connection = new ClusterConnection("perf", cluster.Config);
        connection.Start();
        await connection.Synced.WaitAsync(cancellation);
        for (int i = 0; i < Contracts; i++)
            connection.SetDesired(DesiredBundle.Create(Contract(i), 1, KubeApiCluster.Namespace, []));
        return connection;
    }

    private static IEnumerable<string> Names(Contestant one, string turn, int count) =>
        Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{one.Name}-{turn}-{i}"));

    private static string Contract(int number) => string.Create(CultureInfo.InvariantCulture, $"con_perf{number}");
}
