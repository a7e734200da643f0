namespace Marketplace.Scheduling.Packing;

/// <summary>Chooses nodes for pods. One object belongs to one fleet and one thread.</summary>
public abstract class NodePolicy
{
    private protected NodePolicy(PackingFleet fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        Fleet = fleet;
    }

    /// <summary>The name in tables.</summary>
    public abstract string Name { get; }

    internal PackingFleet Fleet { get; }

    /// <summary>The best node that fits, the lowest of equals; −1 when none does. Each pod that arrives is asked about once.</summary>
    internal abstract int Choose(in PodShape pod);

    /// <summary>The device for a share on a node that fits; the lowest of equals. Unless a policy has its own rule, the tightest.</summary>
    internal virtual int ShareDevice(in PodShape pod, int node)
    {
        var devices = Fleet.DevicesOf(node);
        var best = -1;
        for (var d = 0; d < devices.Length; d++)
        {
            if (devices[d] >= pod.CardMilli && (best < 0 || devices[d] < devices[best]))
            {
                best = d;
            }
        }

        return best;
    }

    /// <summary>A pod was placed (sign 1) or left (sign −1).</summary>
    internal virtual void Moved(in PodShape pod, int node, int sign) { }
}
