using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// What a pod costs a node that it fits, in 1/1000 device, whatever the rest of the fleet looks like:
/// <c>0.3 · growth of fragmentation + 3 · free devices left + 3 · worth of what it takes</c>. Fragmentation is that of FGD; the worth of a part
/// of a device is that of <see cref="SharePrices"/>. On a node without devices: what is left of its processors and memory.
/// </summary>
internal sealed class PackingCost(PackingFleet fleet, SharePrices shares)
{
    private readonly long[] usable = new long[fleet.Count];
    private NodeFragmentation fragmentation = new(new TypicalPods([]), fleet);

    /// <summary>The demand is known better.</summary>
    public void Learned(NodeFragmentation newFragmentation)
    {
        fragmentation = newFragmentation;
        Array.Fill(usable, -1);
    }

    /// <summary>What is free on the node changed.</summary>
    public void Changed(int node) => usable[node] = -1;

    /// <summary>The cost, and for a share the device, the lowest of equals; −1 otherwise.</summary>
    public (double Cost, int Device) Of(in PodShape pod, int node)
    {
        var devices = fleet.DevicesOf(node);
        if (devices.Length == 0)
        {
            var free = new HostAmount(fleet.FreeCpu[node] - pod.CpuMilli, fleet.FreeMemory[node] - pod.MemoryMib);
            return (PackingWeights.Left(free, new HostAmount(fleet.Cpu[node], fleet.Memory[node])), -1);
        }

        int model = fleet.Model[node],
            whole = fleet.Whole[node];
        ref var before = ref usable[node];
        if (before < 0)
        {
            before = fragmentation.Usable(model, fleet.FreeCpu[node], fleet.FreeMemory[node], devices);
        }

        var left = PackingWeights.Free * (fleet.FreeMilli[node] - pod.DeviceMilli);
        var at = fragmentation.At(model, fleet.FreeCpu[node] - pod.CpuMilli, fleet.FreeMemory[node] - pod.MemoryMib);
        long rest = 0;
        foreach (var each in devices)
        {
            rest += fragmentation.Device(at, each);
        }

        if (!pod.IsShare)
        {
            var after = rest - (pod.Cards * fragmentation.Device(at, PodShape.WholeCard)) + fragmentation.Free(at, whole - pod.Cards);
            // Whole devices are worth the same on every node.
            return (left + Grown(before - after, pod.DeviceMilli), -1);
        }

        var best = (Cost: double.PositiveInfinity, Device: -1);
        var last = -1;
        for (var d = 0; d < devices.Length; d++)
        {
            var free = devices[d];
            if (free < pod.CardMilli || free == last)
            {
                continue;
            }

            last = free;
            var after =
                rest
                - fragmentation.Device(at, free)
                + fragmentation.Device(at, free - pod.CardMilli)
                + fragmentation.Free(at, free == PodShape.WholeCard ? whole - 1 : whole);
            var worth = PackingWeights.Worth * PodShape.WholeCard * (shares.Worth(free) - shares.Worth(free - pod.CardMilli));
            var cost = left + Grown(before - after, pod.CardMilli) + worth;
            best = cost < best.Cost ? (cost, d) : best;
        }

        return best;
    }

    /// <summary>F = free − usable: what was usable and is no more, less what the pod uses itself.</summary>
    private double Grown(long usableLost, int podMilli) =>
        PackingWeights.Fragmentation * (((double)usableLost / fragmentation.Total) - podMilli);
}
