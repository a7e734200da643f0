namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// A policy in the manner of kube-scheduler: filter, score each node that fits from 0 to 100 in whole points, take the highest. Where
/// kube-scheduler draws lots among equals, the lowest index wins here, so that a run can be repeated.
/// </summary>
internal abstract class ScanPolicy(PackingFleet fleet) : NodePolicy(fleet)
{
    internal sealed override int Choose(in PodShape pod)
    {
        int best = -1,
            bestScore = int.MinValue;
        for (var node = 0; node < Fleet.Count; node++)
        {
            if (Fleet.Fits(pod, node) && Score(pod, node) is var score && score > bestScore)
            {
                (best, bestScore) = (node, score);
            }
        }

        return best;
    }

    /// <summary>Higher is better.</summary>
    protected abstract int Score(in PodShape pod, int node);
}

/// <summary>A scan by a score that needs to know nothing but the node.</summary>
internal sealed class ScorePolicy(PackingFleet fleet, NodeScore score) : ScanPolicy(fleet)
{
    public override string Name => score.Name;

    internal override int ShareDevice(in PodShape pod, int node) => score.ShareDevice(pod, Fleet.View(node));

    protected override int Score(in PodShape pod, int node) => score.Of(pod, Fleet.View(node));
}
