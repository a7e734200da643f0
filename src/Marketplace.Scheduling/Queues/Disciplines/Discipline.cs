using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Queues.Disciplines;

/// <summary>Decides which of several siblings that could start something does so next.</summary>
internal abstract class Discipline(QueueTree tree)
{
    /// <summary>Whether the first in a queue's line holds up those behind it when it does not fit.</summary>
    public virtual bool HeadBlocks => false;

    protected QueueTree Tree { get; } = tree;

    /// <summary>The key of a node.</summary>
    /// <param name="turn">The first turn among the workloads under it that may be tried.</param>
    public abstract ServiceKey KeyOf(int node, Turn turn);
}

/// <summary>By priority, then by arrival, over all queues of a tree. <c>fifo</c> passes by what does not fit; <c>fifo-strict</c> waits for it.</summary>
internal sealed class ArrivalDiscipline(QueueTree tree, bool strict) : Discipline(tree)
{
    public override bool HeadBlocks => strict;

    public override ServiceKey KeyOf(int node, Turn turn) => new(0, turn);
}

/// <summary>
/// Who has used least of what it is guaranteed comes first: key(n) = max over r of held(n, r) / quota(n, r), as the capacity scheduler of
/// Hadoop YARN orders its queues by relative used capacity. Whoever is below its guarantee has a key below 1 and goes before all who borrow;
/// a node that is guaranteed nothing comes last.
/// </summary>
internal sealed class CapacityDiscipline(QueueTree tree) : Discipline(tree)
{
    public override ServiceKey KeyOf(int node, Turn turn)
    {
        var most = double.NegativeInfinity;
        for (var r = 0; r < Tree.Resources.Count; r++)
        {
            long quota = Tree.Quota(node, r),
                held = Tree.Held(node, r);
            if (quota > 0 || held > 0)
            {
                most = Math.Max(most, quota > 0 ? held / (double)quota : double.PositiveInfinity);
            }
        }

        return new ServiceKey(double.IsNegativeInfinity(most) ? double.PositiveInfinity : most, default);
    }
}

/// <summary>
/// Weighted dominant resource fairness (Ghodsi et al., NSDI 2011), level by level: key(n) = max over r of held(n, r) / total(r) / weight(n),
/// where total is the quota of the whole tree. Who has the smallest weighted dominant share starts the next workload (their Algorithm 1), so
/// among siblings that could all go on, none is more than one workload ahead. The levels are served top down with the plain sum of each
/// subtree; the rescaling of H-DRF (Bhattacharya et al., SoCC 2013) is left out.
/// </summary>
internal sealed class FairShareDiscipline(QueueTree tree) : Discipline(tree)
{
    public override ServiceKey KeyOf(int node, Turn turn)
    {
        double dominant = 0;
        var root = Tree.Roots[node];
        for (var r = 0; r < Tree.Resources.Count; r++)
        {
            if (Tree.Held(node, r) is > 0 and var held)
            {
                dominant = Math.Max(dominant, held / (double)Tree.Quota(root, r));
            }
        }

        return new ServiceKey(dominant / Tree.Spec(node).Weight, default);
    }
}
