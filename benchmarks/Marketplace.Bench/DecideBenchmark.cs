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
    private const int ExplainedRequests = 300;

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
        measurements.Add(new("p99_us", Quantiles.Of(best, 0.99), "µs", Aim(name, "p99_us"), name));
        measurements.Add(new("requests_per_second", best.Count / (best.Sum() / 1e6), "1/s", Aim(name, "requests_per_second"), name));
        if (how.Lookup == Lookup.Index)
            measurements.Add(new("explained_p50_us", Quantiles.Of(Explained(snapshot, requests), 0.5), "µs", Case: name));
    }

    private static string? Aim(string name, string metric) =>
        (name, metric) switch
        {
            ("10k/indexed", "p99_us") => "≤ 25",
            ("100k/scan", "requests_per_second") => "≥ 5000",
            ("100k/indexed", "requests_per_second") => "≥ 50000",
            ("1m/indexed", "p99_us") => "≤ 6000",
            _ => null,
        };

    /// <summary>Decisions whose counts and comparisons are read; the advice to refused ones is not.</summary>
    private static List<double> Explained(SupplySnapshot snapshot, List<PlacementRequest> requests)
    {
        var microseconds = new List<double>(ExplainedRequests);
        foreach (var request in requests.Take(ExplainedRequests))
        {
            long start = Stopwatch.GetTimestamp();
            if (Scheduler.Decide(snapshot, request).Explanation.Funnel.Count >= 0)
                microseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return microseconds;
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
