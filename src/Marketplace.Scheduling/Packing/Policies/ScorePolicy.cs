namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// A policy in the manner of kube-scheduler: filter, score each node that fits from 0 to 100 in whole points, take the highest. Where
/// kube-scheduler draws lots among equals, the lowest index wins here, so that a run can be repeated.
/// </summary>
internal abstract class ScorePolicy(PackingFleet fleet) : NodePolicy(fleet)
{
    internal sealed override int Choose(in PodShape pod)
    {
        int best = -1,
            bestScore = int.MinValue;
        Begin(pod);
        for (var node = 0; node < Fleet.Count; node++)
        {
            if (Fleet.Fits(pod, node) && Score(pod, node) is var score && score > bestScore)
            {
                (best, bestScore) = (node, score);
            }
        }

        return best;
    }

    /// <summary>Before a scan.</summary>
    protected virtual void Begin(in PodShape pod) { }

    /// <summary>Higher is better.</summary>
    protected abstract int Score(in PodShape pod, int node);
}
