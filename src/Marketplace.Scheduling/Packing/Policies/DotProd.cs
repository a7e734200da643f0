namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Dot product: the less the demand lies in the direction of what is free, the better. 100 · (1 − ½ · (cpu free · cpu asked / 128,000² +
/// compute free · compute asked / 8,000²)). Sources: Grandl et al., "Multi-Resource Packing for Cluster Schedulers", SIGCOMM 2014, for the
/// alignment; sign and scale as in the simulator of Weng et al., USENIX ATC 2023 (dimensions merged, scaled by the largest node).
/// </summary>
internal sealed class DotProd : NodeScore
{
    public override string Name => "dotprod";

    public override int Of(in PodShape pod, in NodeView node)
    {
        var cpu = node.Free.CpuMilli / BestFit.LargestCpuMilli * (pod.CpuMilli / BestFit.LargestCpuMilli);
        var devices = node.FreeMilli / BestFit.LargestDeviceMilli * (pod.DeviceMilli / BestFit.LargestDeviceMilli);
        return (int)(100 * (1 - ((cpu + devices) / 2)));
    }
}
