namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Used devices first, then free devices of used nodes, then free nodes. On used devices 100 − (sum over the devices taken of their free
/// percent)/10, at least 50; with f free devices taken on a used node 50 − f, at least 33; on a free node with n devices 33 − n, at least
/// n; 0 without devices. Source: GpuPacking of the simulator of Weng et al., USENIX ATC 2023, after Gandiva and Antman.
/// </summary>
internal sealed class GpuPackingPolicy(PackingFleet fleet) : ScorePolicy(fleet)
{
    public override string Name => "gpupacking";

    protected override int Score(in PodShape pod, int node)
    {
        if (pod.Cards == 0)
        {
            return 0;
        }

        var devices = Fleet.DevicesOf(node);
        if (Fleet.Whole[node] == devices.Length)
        {
            return Math.Max(33 - devices.Length, devices.Length);
        }

        if (!pod.IsShare)
        {
            return Math.Max(50 - pod.Cards, 33);
        }

        var tightest = devices[ShareDevice(pod, node)];
        return tightest == PodShape.WholeCard ? 49 : Math.Max(100 - (tightest * 100 / PodShape.WholeCard / 10), 50);
    }
}
