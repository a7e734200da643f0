namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// The emptiest node: the mean of the free percent of processor and memory after placing, and the emptiest device. What a cluster does that
/// was never told to pack: NodeResourcesFit with LeastAllocated is the default of kube-scheduler (Kubernetes documentation).
/// </summary>
internal sealed class SpreadPolicy(PackingFleet fleet) : ScorePolicy(fleet)
{
    public override string Name => "spread";

    internal override int ShareDevice(in PodShape pod, int node)
    {
        var devices = Fleet.DevicesOf(node);
        var best = 0;
        for (var d = 1; d < devices.Length; d++)
        {
            best = devices[d] > devices[best] ? d : best;
        }

        return best;
    }

    protected override int Score(in PodShape pod, int node) =>
        (Percent(Fleet.FreeCpu[node] - pod.CpuMilli, Fleet.Cpu[node]) + Percent(Fleet.FreeMemory[node] - pod.MemoryMib, Fleet.Memory[node]))
        / 2;

    private static int Percent(int free, int all) => all == 0 ? 0 : (int)(100L * free / all);
}
