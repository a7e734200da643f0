namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Best fit: the least left over. 100 · (1 − ½ · cpu left / 128,000 − ½ · device compute left / 8,000), both after placing, in thousandths;
/// the divisors are the largest node of the trace. Source: BestFit of the simulator of Weng et al., USENIX ATC 2023.
/// </summary>
internal sealed class BestFit : NodeScore
{
    internal const double LargestCpuMilli = 128_000;
    internal const double LargestDeviceMilli = 8_000;

    public override string Name => "bestfit";

    public override int Of(in PodShape pod, in NodeView node) =>
        (int)(
            100
            * (
                1
                - (0.5 * (node.Free.CpuMilli - pod.CpuMilli) / LargestCpuMilli)
                - (0.5 * (node.FreeMilli - pod.DeviceMilli) / LargestDeviceMilli)
            )
        );
}
