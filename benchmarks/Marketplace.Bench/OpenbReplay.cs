using System.Diagnostics;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Bench;

/// <summary>
/// The replay of Weng et al., USENIX ATC 2023: the pods of a list shuffled by a seed, with uniform samples of the list behind them (or
/// uniformly chosen pods taken out) until they ask for 130 % of the cluster's devices. They arrive one by one; nothing ends, waits or is
/// tried again.
/// </summary>
internal static class OpenbReplay
{
    private const double Inflation = 1.3;

    /// <summary>The arrivals of one seed.</summary>
    public static List<PodShape> Arrivals(OpenbTrace trace, int seed)
    {
        var random = new Random(seed);
        var list = trace.Pods;
        var arrivals = list.ToArray();
        random.Shuffle(arrivals);
        var pods = arrivals.ToList();
        double target = Inflation * CapacityMilli(trace);
        long asked = pods.Sum(pod => (long)pod.DeviceMilli);
        while (asked > target)
        {
            int index = random.Next(pods.Count);
            asked -= pods[index].DeviceMilli;
            pods.RemoveAt(index);
        }
        if (pods.Count < arrivals.Length)
            return pods;
        // The original's test for the end looks at what the sample asks of one device, not of all.
        for (var next = list[random.Next(list.Count)]; asked + next.CardMilli <= target; next = list[random.Next(list.Count)])
        {
            asked += next.DeviceMilli;
            pods.Add(next);
        }
        return pods;
    }

    /// <summary>Percent of the devices' compute that is allocated when arrivals ask for 100 % of it, and after the last.</summary>
    public static (double At100, double At130) Allocation(OpenbTrace trace, IReadOnlyList<PodShape> arrivals, string policy, int seed)
    {
        long capacity = CapacityMilli(trace);
        var packer = Packer(trace, policy, seed);
        long asked = 0,
            allocated = 0;
        double? at100 = null;
        foreach (var pod in arrivals)
        {
            asked += pod.DeviceMilli;
            allocated += packer.Place(pod) is null ? 0 : pod.DeviceMilli;
            at100 ??= asked >= capacity ? 100.0 * allocated / capacity : null;
        }
        return (at100 ?? 100.0 * allocated / capacity, 100.0 * allocated / capacity);
    }

    /// <summary>Percent that nobody can exceed when arrivals ask for 100 %, not even who knows all pods beforehand and may refuse some.</summary>
    public static double BoundAt100(OpenbTrace trace, IReadOnlyList<PodShape> arrivals)
    {
        long capacity = CapacityMilli(trace),
            asked = 0;
        var pods = arrivals.TakeWhile(pod => (asked += pod.DeviceMilli) - pod.DeviceMilli < capacity).ToList();
        return 100 * PackingBound.AllocatedMilli((int)(capacity / PodShape.WholeCard), pods) / capacity;
    }

    /// <summary>Pods per second over a whole replay, learning and all, and how long each decision took in µs. One thread.</summary>
    public static (double PodsPerSecond, List<double> Microseconds) Speed(OpenbTrace trace, IReadOnlyList<PodShape> arrivals, string policy)
    {
        var packer = Packer(trace, policy, 0);
        var ticks = new List<double>(arrivals.Count);
        long start = Stopwatch.GetTimestamp(),
            last = start;
        foreach (var pod in arrivals)
        {
            packer.Place(pod);
            long now = Stopwatch.GetTimestamp();
            ticks.Add((now - last) * 1e6 / Stopwatch.Frequency);
            last = now;
        }
        return (arrivals.Count / Stopwatch.GetElapsedTime(start, last).TotalSeconds, ticks);
    }

    private static NodePacker Packer(OpenbTrace trace, string policy, int seed) =>
        new(PackingPolicies.Create(policy, new PackingFleet(trace.Nodes), trace.Pods, seed));

    private static long CapacityMilli(OpenbTrace trace) => trace.Nodes.Sum(node => (long)node.Devices) * PodShape.WholeCard;
}
