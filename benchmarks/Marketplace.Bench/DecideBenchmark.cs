using System.Diagnostics;
using System.Globalization;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Bench;

/// <summary>
/// Decisions among 10,000, 100,000 and 1,000,000 offers, by index and by scan: <see cref="Scheduler.Decide(SupplySnapshot, PlacementRequest)"/>
/// in process on one thread, on a prepared snapshot. Trial placements on the clusters' nodes are part of each; the words of the explanation
/// are worked out when they are read, which is measured by itself.
/// </summary>
internal static class DecideBenchmark
{
    private const int Requests = 2000;

    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        foreach (var (name, offers, rounds) in new[] { ("10k", 10_000, 20), ("100k", 100_000, 20), ("1m", 1_000_000, 10) })
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            var snapshot = DecideMarket.Build(offers, seed: 1);
            context.Log(
                string.Create(CultureInfo.InvariantCulture, $"{name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s to prepare")
            );
            var requests = new DecideRequests(seed: 2, offers / DecideMarket.OffersPerCluster).Make(Requests);
            foreach (var lookup in new[] { Lookup.Scan, Lookup.Index })
                Measure(
                    context,
                    measurements,
                    snapshot,
                    requests,
                    (name, lookup, lookup == Lookup.Scan ? Math.Max(1, rounds / 4) : rounds)
                );
        }
        return Task.FromResult<IReadOnlyList<Measurement>>(measurements);
    }

    private static void Measure(
        BenchmarkContext context,
        List<Measurement> measurements,
        SupplySnapshot snapshot,
        List<PlacementRequest> requests,
        (string Offers, Lookup Lookup, int Rounds) how
    )
    {
        string name = $"{how.Offers}/{(how.Lookup == Lookup.Scan ? "scan" : "indexed")}";
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        foreach (var request in requests)
            Scheduler.Decide(snapshot, request, how.Lookup);
        context.Log($"{name}: {(GC.GetAllocatedBytesForCurrentThread() - allocated) / requests.Count} bytes a decision");
        var all = Enumerable.Range(0, how.Rounds).Select(_ => Round(snapshot, requests, how.Lookup)).ToList();
        // The fastest round, as whatever else runs here only slows it down.
        var best = all.MinBy(round => round.Sum())!;
        int placed = requests.Count(request => Scheduler.Decide(snapshot, request, how.Lookup).IsPlaced);
        context.Log($"{name}: {placed} of {requests.Count} placed");
        measurements.Add(new("p50_us", Quantiles.Of(best, 0.5), "µs", Case: name));
        measurements.Add(new("p99_us", Quantiles.Of(best, 0.99), "µs", Case: name));
        measurements.Add(new("requests_per_second", best.Count / (best.Sum() / 1e6), "1/s", Case: name));
    }

    private static List<double> Round(SupplySnapshot snapshot, List<PlacementRequest> requests, Lookup lookup)
    {
        var microseconds = new List<double>(requests.Count);
        foreach (var request in requests)
        {
            long start = Stopwatch.GetTimestamp();
            Scheduler.Decide(snapshot, request, lookup);
            microseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return microseconds;
    }
}
