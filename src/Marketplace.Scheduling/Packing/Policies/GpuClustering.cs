namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Like to like. Pods are of a kind when they share a device, or take the same number of whole ones. A node that holds this kind alone
/// scores 75, this and others 50, nothing 25, only others 0, each plus 25 · (8,000 − free compute) / 8,000 in whole points; 0 for pods
/// without devices. Source: GpuClustering of the simulator of Weng et al., USENIX ATC 2023, after the affinity of Gandiva (OSDI 2018).
/// </summary>
internal sealed class GpuClusteringPolicy(PackingFleet fleet) : ScanPolicy(fleet)
{
    private const int Kinds = PackingNode.MaxDevices + 1;
    private readonly int[] pods = new int[fleet.Count * Kinds];
    private readonly int[] kinds = new int[fleet.Count];

    public override string Name => "gpuclustering";

    internal override void Moved(in PodShape pod, int node, int sign)
    {
        if (pod.Cards == 0)
        {
            return;
        }

        ref var count = ref pods[(node * Kinds) + Kind(pod)];
        kinds[node] -= count > 0 ? 1 : 0;
        count += sign;
        kinds[node] += count > 0 ? 1 : 0;
    }

    protected override int Score(in PodShape pod, int node)
    {
        if (pod.Cards == 0)
        {
            return 0;
        }

        var alike = pods[(node * Kinds) + Kind(pod)] > 0;
        var level = (alike, kinds[node]) switch
        {
            (true, 1) => 75,
            (true, _) => 50,
            (false, 0) => 25,
            _ => 0,
        };
        return level + (25 * (8_000 - Fleet.FreeMilli[node]) / 8_000);
    }

    private static int Kind(in PodShape pod) => pod.IsShare ? 0 : pod.Cards;
}
