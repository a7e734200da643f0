namespace Marketplace.Scheduling.Packing;

/// <summary>
/// Places pods on a fleet one at a time, in the order they arrive, by one policy. Same fleet, policy and pods: same placements, on every
/// machine. Not safe for use by several threads at once.
/// </summary>
public sealed class NodePacker
{
    private readonly NodePolicy policy;

    /// <summary>Packs the fleet that the policy was made for.</summary>
    public NodePacker(NodePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        this.policy = policy;
        Fleet = policy.Fleet;
    }

    /// <summary>What is free now.</summary>
    public PackingFleet Fleet { get; }

    /// <summary>Chooses a place and takes it. Null when no node can hold the pod.</summary>
    /// <exception cref="Model.InvalidSupplyException">The shape cannot be true; the message names the field.</exception>
    public PodPlacement? Place(in PodShape pod)
    {
        pod.Check();
        var node = policy.Choose(pod);
        if (node < 0)
        {
            return null;
        }

        var at = new PodPlacement(node, Devices(pod, node));
        Fleet.Apply(pod, at, 1);
        policy.Moved(pod, node, 1);
        return at;
    }

    /// <summary>Takes a place that was chosen elsewhere, for example by an earlier process.</summary>
    /// <exception cref="InvalidOperationException">The node does not have it.</exception>
    public void Restore(in PodShape pod, PodPlacement at)
    {
        pod.Check();
        Fleet.Apply(pod, at, 1);
        policy.Moved(pod, at.Node, 1);
    }

    /// <summary>Gives back what a pod used that has ended.</summary>
    /// <exception cref="InvalidOperationException">More would be free than there is.</exception>
    public void Release(in PodShape pod, PodPlacement at)
    {
        pod.Check();
        Fleet.Apply(pod, at, -1);
        policy.Moved(pod, at.Node, -1);
    }

    private ulong Devices(in PodShape pod, int node)
    {
        if (pod.IsShare)
        {
            return 1UL << policy.ShareDevice(pod, node);
        }

        var devices = Fleet.DevicesOf(node);
        ulong chosen = 0;
        for (int d = 0, left = pod.Cards; left > 0; d++)
        {
            if (devices[d] == PodShape.WholeCard)
            {
                chosen |= 1UL << d;
                left--;
            }
        }

        return chosen;
    }
}
