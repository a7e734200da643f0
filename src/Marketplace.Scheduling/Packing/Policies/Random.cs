using System.Numerics;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>Any node that fits, and for a share any device that fits, each with the same chance. The generator is seeded.</summary>
internal sealed class RandomPolicy(PackingFleet fleet, int seed) : NodePolicy(fleet)
{
    private readonly Random random = new(seed);
    private readonly List<int> fitting = [];

    public override string Name => "random";

    internal override int Choose(in PodShape pod)
    {
        fitting.Clear();
        for (var node = 0; node < Fleet.Count; node++)
        {
            if (Fleet.Fits(pod, node))
            {
                fitting.Add(node);
            }
        }

        return fitting.Count == 0 ? -1 : fitting[random.Next(fitting.Count)];
    }

    internal override int ShareDevice(in PodShape pod, int node)
    {
        var devices = Fleet.DevicesOf(node);
        ulong possible = 0;
        for (var d = 0; d < devices.Length; d++)
        {
            possible |= devices[d] >= pod.CardMilli ? 1UL << d : 0;
        }

        for (var skip = random.Next(BitOperations.PopCount(possible)); skip > 0; skip--)
        {
            possible &= possible - 1;
        }

        return BitOperations.TrailingZeroCount(possible);
    }
}
