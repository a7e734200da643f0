using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Fragmentation gradient descent: the node whose fragmentation F grows least, int(100 · sigmoid((F before − F after)/1000)); a share goes to
/// the device that scores highest, the lowest of equals. Source: Weng et al., "Beware of Fragmentation", USENIX ATC 2023, algorithm 1, with
/// the rounding of its simulator. It is told the true mix of the workload.
/// </summary>
internal sealed class FgdPolicy : ScorePolicy
{
    private readonly NodeFragmentation fragmentation;
    private readonly int[] after = new int[PackingNode.MaxDevices];

    public FgdPolicy(PackingFleet fleet, IReadOnlyList<PodShape> workload)
        : base(fleet)
    {
        ArgumentNullException.ThrowIfNull(workload);
        fragmentation = new NodeFragmentation(TypicalPods.Of(workload), fleet);
    }

    public override string Name => "fgd";

    internal override int ShareDevice(in PodShape pod, int node) => Best(pod, node).Device;

    protected override int Score(in PodShape pod, int node) => Best(pod, node).Score;

    private (int Score, int Device) Best(in PodShape pod, int node)
    {
        var devices = Fleet.DevicesOf(node);
        var model = Fleet.Model[node];
        var cpu = Fleet.FreeCpu[node] - pod.CpuMilli;
        var before = fragmentation.Usable(model, Fleet.FreeCpu[node], 0, devices);
        var copy = after.AsSpan(0, devices.Length);
        devices.CopyTo(copy);
        if (!pod.IsShare)
        {
            for (int d = 0, left = pod.Cards; left > 0; d++)
            {
                if (copy[d] == PodShape.WholeCard)
                {
                    copy[d] = 0;
                    left--;
                }
            }

            return (Points(before, fragmentation.Usable(model, cpu, 0, copy), pod), -1);
        }

        // Placing on one device changes the figure of that device only, beside the processors of the node.
        var at = fragmentation.At(model, cpu, 0);
        var rest = fragmentation.Usable(model, cpu, 0, copy) - fragmentation.Free(at, Fleet.Whole[node]);
        var best = (Score: -1, Device: -1);
        for (var d = 0; d < devices.Length; d++)
        {
            if (devices[d] < pod.CardMilli || (d > 0 && devices[d] == devices[d - 1]))
            {
                continue;
            }

            var whole = Fleet.Whole[node] - (devices[d] == PodShape.WholeCard ? 1 : 0);
            var usable =
                rest
                - fragmentation.Device(at, devices[d])
                + fragmentation.Device(at, devices[d] - pod.CardMilli)
                + fragmentation.Free(at, whole);
            var score = Points(before, usable, pod);
            best = score > best.Score ? (score, d) : best;
        }

        return best;
    }

    /// <summary>F = free − usable, and the pod takes its own part of what is free.</summary>
    private int Points(long usableBefore, long usableAfter, in PodShape pod)
    {
        var fell = pod.DeviceMilli - ((double)(usableBefore - usableAfter) / fragmentation.Total);
        return (int)(100 / (1 + Math.Exp(-fell / 1000)));
    }
}
