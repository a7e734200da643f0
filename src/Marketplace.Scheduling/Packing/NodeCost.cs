using Marketplace.Scheduling.Packing.Policies;
using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing;

/// <summary>What a replica costs the node it goes to, as one policy sees it; lower is better.</summary>
internal abstract class NodeCost
{
    /// <summary>The cost of a replica that turns one view of the node into the other.</summary>
    public abstract double Of(in PodShape pod, in NodeView before, in NodeView after);

    /// <summary>The cost of cutting a share from a device with so much free, comparable among the devices of one node.</summary>
    public abstract double ShareCost(in PodShape pod, in NodeView node, int free);
}

/// <summary>By the points of a policy that looks at the node alone.</summary>
internal sealed class ScoreCost(NodeScore score) : NodeCost
{
    public override double Of(in PodShape pod, in NodeView before, in NodeView after) => -score.Of(OneShare(pod), before);

    public override double ShareCost(in PodShape pod, in NodeView node, int free) => score.ShareCost(OneShare(pod), node, free);

    // The published policies know shares of one device only: the first of several stands for all.
    private static PodShape OneShare(in PodShape pod) =>
        pod is { Cards: > 1, CardMilli: < PodShape.WholeCard } ? pod with { Cards = 1 } : pod;
}

/// <summary>Ours: the cost of <see cref="PackingCost"/> plus the bid price of the node's class, for replicas of any form.</summary>
internal sealed class PriceCost(NodeFragmentation fragmentation, SharePrices shares, ClassPrices? classes) : NodeCost
{
    public override double Of(in PodShape pod, in NodeView before, in NodeView after)
    {
        var grown = Fragmentation(after) - Fragmentation(before);
        var worth = pod.CardMilli < PodShape.WholeCard ? Worth(before) - Worth(after) : 0;
        var bid = classes?.Of(pod, before.Class) ?? 0;
        return (PackingWeights.Fragmentation * grown)
            + (after.Devices.Length > 0 ? PackingWeights.Free * after.FreeMilli : PackingWeights.Left(after.Free, after.Size))
            + (PackingWeights.Worth * PodShape.WholeCard * worth)
            + (PackingWeights.Class * bid);
    }

    public override double ShareCost(in PodShape pod, in NodeView node, int free)
    {
        var rest = Math.Max(0, free - pod.CardMilli);
        var at = fragmentation.At(node.Model, node.Free.CpuMilli - pod.CpuMilli, node.Free.MemoryMib - pod.MemoryMib);
        var lost =
            fragmentation.Device(at, free)
            - fragmentation.Device(at, rest)
            + (free == PodShape.WholeCard ? fragmentation.Free(at, node.Whole) - fragmentation.Free(at, node.Whole - 1) : 0);
        return (PackingWeights.Fragmentation * lost / fragmentation.Total)
            + (PackingWeights.Worth * PodShape.WholeCard * (shares.Worth(free) - shares.Worth(rest)));
    }

    private double Fragmentation(in NodeView node) => fragmentation.Of(node.Model, node.Free.CpuMilli, node.Free.MemoryMib, node.Devices);

    private double Worth(in NodeView node)
    {
        double worth = 0;
        foreach (var free in node.Devices)
        {
            worth += shares.Worth(free);
        }

        return worth;
    }
}

/// <summary>How the parts of our cost count, the same for every workload (ADR 0044).</summary>
internal static class PackingWeights
{
    /// <summary>Per 1/1000 device of fragmentation that a pod adds.</summary>
    public const double Fragmentation = 0.3;

    /// <summary>Per 1/1000 device that stays free: where all else is equal, the fuller node.</summary>
    public const double Free = 0.003;

    /// <summary>
    /// What staying free costs a node without devices, as the fractions of its processors and memory: the fuller one. On nodes with devices
    /// the same term made the allocation of devices worse.
    /// </summary>
    public static double Left(HostAmount free, HostAmount size) =>
        Fraction(free.CpuMilli, size.CpuMilli) + Fraction(free.MemoryMib, size.MemoryMib);

    /// <summary>Per 1/1000 device of worth. Above one: a share that spoils a device is a sure loss, fragmentation an expected one.</summary>
    public const double Worth = 3;

    /// <summary>Per unit of the bid price of the node's class.</summary>
    public const double Class = 0.4;

    private static double Fraction(int free, int all) => all == 0 ? 0 : (double)free / all;
}
