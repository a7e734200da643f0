namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Used devices first, then free devices of used nodes, then free nodes. On used devices 100 − (sum over the devices taken of their free
/// percent)/10, at least 50; with f free devices taken on a used node 50 − f, at least 33; on a free node with n devices 33 − n, at least
/// n; 0 without devices. Source: GpuPacking of the simulator of Weng et al., USENIX ATC 2023, after Gandiva and Antman.
/// </summary>
internal sealed class GpuPacking : NodeScore
{
    public override string Name => "gpupacking";

    public override int Of(in PodShape pod, in NodeView node)
    {
        if (pod.Cards == 0)
        {
            return 0;
        }

        if (node.Whole == node.Devices.Length)
        {
            return Math.Max(33 - node.Devices.Length, node.Devices.Length);
        }

        if (!pod.IsShare)
        {
            return Math.Max(50 - pod.Cards, 33);
        }

        var tightest = node.Devices[ShareDevice(pod, node)];
        return tightest == PodShape.WholeCard ? 49 : Math.Max(100 - (tightest * 100 / PodShape.WholeCard / 10), 50);
    }
}
