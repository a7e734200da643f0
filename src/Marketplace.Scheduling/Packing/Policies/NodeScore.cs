namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>How well a pod would do on a node, in whole points; higher is better. Looks at that node alone.</summary>
internal abstract class NodeScore
{
    /// <summary>The name in tables.</summary>
    public abstract string Name { get; }

    /// <summary>The points. The node fits the pod.</summary>
    public abstract int Of(in PodShape pod, in NodeView node);

    /// <summary>Which free part of a device a share should be cut from: lower is better. Unless a score has its own rule, the tightest.</summary>
    /// <param name="pod">A share.</param>
    /// <param name="node">A node that fits it.</param>
    /// <param name="free">The free part of one of its devices, in 1/1000, at least the share.</param>
    public virtual double ShareCost(in PodShape pod, in NodeView node, int free) => free;

    /// <summary>The device for a share; the lowest of equals.</summary>
    public int ShareDevice(in PodShape pod, in NodeView node)
    {
        var best = -1;
        var least = double.PositiveInfinity;
        for (var d = 0; d < node.Devices.Length; d++)
        {
            if (node.Devices[d] < pod.CardMilli || (d > 0 && node.Devices[d] == node.Devices[d - 1]))
            {
                continue;
            }

            var cost = ShareCost(pod, node, node.Devices[d]);
            (best, least) = cost < least ? (d, cost) : (best, least);
        }

        return best;
    }
}
