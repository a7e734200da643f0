namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// The emptiest node: the mean of the free percent of processor and memory after placing, and the emptiest device. What a cluster does that
/// was never told to pack: NodeResourcesFit with LeastAllocated is the default of kube-scheduler (Kubernetes documentation).
/// </summary>
internal sealed class Spread : NodeScore
{
    public override string Name => "spread";

    public override double ShareCost(in PodShape pod, in NodeView node, int free) => -free;

    public override int Of(in PodShape pod, in NodeView node) =>
        (Percent(node.Free.CpuMilli - pod.CpuMilli, node.Size.CpuMilli) + Percent(node.Free.MemoryMib - pod.MemoryMib, node.Size.MemoryMib))
        / 2;

    private static int Percent(int free, int all) => all == 0 ? 0 : (int)(100L * free / all);
}
