using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Fragmentation gradient descent: the node whose fragmentation F grows least, int(100 · sigmoid((F before − F after)/1000)); a share goes to
/// the device that scores highest, the lowest of equals. Source: Weng et al., "Beware of Fragmentation", USENIX ATC 2023, algorithm 1, with
/// the rounding of its simulator. It is told the mix of the workload, memory ignored.
/// </summary>
internal sealed class Fgd(TypicalPods typical, PackingFleet fleet) : NodeScore
{
    private readonly NodeFragmentation fragmentation = new(typical, fleet);

    public override string Name => "fgd";

    public override int Of(in PodShape pod, in NodeView node) =>
        pod.IsShare ? Points(pod, node, node.Devices[ShareDevice(pod, node)], 1) : Points(pod, node, PodShape.WholeCard, pod.Cards);

    public override double ShareCost(in PodShape pod, in NodeView node, int free) => -Points(pod, node, free, 1);

    /// <summary>The score when the pod takes its parts of so many devices with so much free. F = free − usable.</summary>
    private int Points(in PodShape pod, in NodeView node, int free, int devices)
    {
        var before = fragmentation.Usable(node.Model, node.Free.CpuMilli, 0, node.Devices);
        var at = fragmentation.At(node.Model, node.Free.CpuMilli - pod.CpuMilli, 0);
        long after = 0;
        foreach (var each in node.Devices)
        {
            after += fragmentation.Device(at, each);
        }

        // Only the devices it takes change, beside the processors of the node.
        after += devices * (fragmentation.Device(at, Math.Max(0, free - pod.CardMilli)) - fragmentation.Device(at, free));
        after += fragmentation.Free(at, free == PodShape.WholeCard ? node.Whole - devices : node.Whole);
        var fell = pod.DeviceMilli - ((double)(before - after) / fragmentation.Total);
        return (int)(100 / (1 + Math.Exp(-fell / 1000)));
    }
}
