namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Dot product: the less the demand lies in the direction of what is free, the better. 100 · (1 − ½ · (cpu free · cpu asked / 128,000² +
/// compute free · compute asked / 8,000²)). Sources: Grandl et al., "Multi-Resource Packing for Cluster Schedulers", SIGCOMM 2014, for the
/// alignment; sign and scale as in the simulator of Weng et al., USENIX ATC 2023 (dimensions merged, scaled by the largest node).
/// </summary>
internal sealed class DotProdPolicy(PackingFleet fleet) : ScorePolicy(fleet)
{
    public override string Name => "dotprod";

    protected override int Score(in PodShape pod, int node)
    {
        var cpu = Fleet.FreeCpu[node] / BestFitPolicy.LargestCpuMilli * (pod.CpuMilli / BestFitPolicy.LargestCpuMilli);
        var devices = Fleet.FreeMilli[node] / BestFitPolicy.LargestDeviceMilli * (pod.DeviceMilli / BestFitPolicy.LargestDeviceMilli);
        return (int)(100 * (1 - ((cpu + devices) / 2)));
    }
}
