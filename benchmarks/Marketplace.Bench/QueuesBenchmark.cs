using Marketplace.Scheduling.Queues.Disciplines;

namespace Marketplace.Bench;

/// <summary>
/// Kueue's two performance tests, replayed in simulated time. The CPU seconds contain every submission, end and scheduling pass of the replay
/// and the replay's own bookkeeping, all threads of the process, collector and compiler included. They contain no API server, no pods and no
/// network, which Kueue's wall times do.
/// </summary>
internal static class QueuesBenchmark
{
    private const int Runs = 5;
    private const int Seed = 42;

    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        foreach (var (name, file, aim) in new[] { ("baseline", "baseline", "≤ 0.3"), ("large", "large-scale", "≤ 1") })
        {
            var test = KueueGenerator.Read(context.Data($"k8s-perf/kueue_{file}_generator.yaml"));
            var replay = new QueueReplay(test);
            context.Log($"{name}: {replay.Workloads} workloads, {replay.Queues} queues");
            foreach (string discipline in QueueDisciplines.Names)
            {
                cancellation.ThrowIfCancellationRequested();
                // Kueue's tests run best-effort FIFO: its cases carry the aims.
                bool main = discipline == QueueDisciplines.Fifo;
                measurements.AddRange(Measure(replay, discipline, main ? name : $"{name}/{discipline}", main ? aim : null));
            }
            measurements.AddRange(Measure(replay, QueueDisciplines.Fifo, $"{name}/reclaim", aim, reclaims: true));
            measurements.AddRange(Measure(new QueueReplay(test, Seed), QueueDisciplines.Fifo, $"{name}/staggered", aim));
        }
        return Task.FromResult<IReadOnlyList<Measurement>>(measurements);
    }

    private static IEnumerable<Measurement> Measure(QueueReplay replay, string discipline, string label, string? aim, bool reclaims = false)
    {
        var seconds = new List<double>(Runs);
        QueueReplay.Result? result = null;
        for (int run = 0; run < Runs; run++)
        {
            var before = Environment.CpuUsage.TotalTime;
            result = replay.Run(discipline, reclaims);
            seconds.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
        yield return new("cpu_s", Quantiles.Of(seconds, 0.5), "s", aim, label);
        yield return new("cpu_first_s", seconds[0], "s", Case: label);
        yield return new("makespan_over_bound", result!.MakespanUs / replay.BoundUs, "", aim is null ? null : "≤ 1.15", label);
        yield return new("makespan_s", result.MakespanUs / 1e6, "s", Case: label);
        yield return new("passes", result.Passes, "", Case: label);
        if (reclaims)
        {
            yield return new("evictions", result.Evictions, "", Case: label);
            yield return new("work_lost", 100 * result.LostUs / replay.WorkUs, "%", Case: label);
        }
        foreach (var (kind, wait) in result.MeanWaitUs)
            yield return new($"mean_wait_{kind}_s", wait / 1e6, "s", Case: label);
    }
}
