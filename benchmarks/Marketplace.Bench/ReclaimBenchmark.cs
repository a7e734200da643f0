using System.Diagnostics;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Preemption;

namespace Marketplace.Bench;

/// <summary>
/// A large gang takes back what its queue lent: how long the search for the smallest set of victims takes on a full fleet of 1,000 nodes. One
/// decision in process, from the question to victims and places; no eviction, no API server.
/// </summary>
internal static class ReclaimBenchmark
{
    private const int Seed = 42;
    private const int Runs = 15;

    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        foreach (int pods in new[] { 128, 512 })
        {
            cancellation.ThrowIfCancellationRequested();
            context.Log($"a gang of {pods} pods of {ReclaimFleet.Devices} devices on {ReclaimFleet.Nodes} nodes");
            measurements.AddRange(Measure(ReclaimFleet.OfAll(Seed), pods, $"{pods}"));
            measurements.AddRange(Measure(ReclaimFleet.OfSingles(Seed), pods, $"{pods}/singles"));
        }
        return Task.FromResult<IReadOnlyList<Measurement>>(measurements);
    }

    private static IEnumerable<Measurement> Measure(ReclaimFleet fleet, int pods, string label)
    {
        var gang = fleet.Submit(pods);
        var times = new List<double>(Runs);
        ReclaimDecision? decision = null;
        var before = Environment.CpuUsage.TotalTime;
        for (int run = 0; run < Runs; run++)
        {
            long begin = Stopwatch.GetTimestamp();
            decision = VictimSearch.Find(fleet.Queues, fleet.Occupancy, gang);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        var cpu = Environment.CpuUsage.TotalTime - before;
        if (decision!.Outcome != ReclaimOutcome.Evict)
            throw new BenchmarkException($"{label}: {decision.ToEnglish()}");
        yield return new("ms", Quantiles.Of(times, 0.5), "ms", "≤ 200", label);
        yield return new("cpu_ms", cpu.TotalMilliseconds / Runs, "ms", Case: label);
        yield return new("slowest_ms", times.Max(), "ms", Case: label);
        yield return new("running", fleet.Occupancy.Count, "", Case: label);
        yield return new("victims", decision.Victims.Count, "", Case: label);
        foreach (var each in new[] { ContractClass.IdleFill, ContractClass.Interruptible, ContractClass.OnDemand })
            yield return new($"victims_{each}", decision.Victims.Count(victim => victim.ContractClass == each), "", Case: label);
        double devices = decision.Victims.Sum(victim => fleet.DevicesOf(victim.Ticket));
        yield return new("devices_evicted_over_asked", devices / (pods * ReclaimFleet.Devices), "", Case: label);
    }
}
