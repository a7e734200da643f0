using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Preemption;

/// <summary>
/// Whom a waiting workload may evict, and whom first.
/// <list type="bullet">
/// <item>Never a reserved one, and never one of a better class than its own.</item>
/// <item>In its own queue: one of lower standing (a weaker class, or the same class and a lower priority), if the queue allows it.</item>
/// <item>In another queue of the tree: only to get back what was lent, so only if its own queue stays within its own quota, and only from
/// queues that borrow: they and every cohort between them and the nearest common one use more than they own of a resource it needs
/// (as Kueue's hierarchical reclaim). The policy of the waiting queue says whether anybody or only lower standing.</item>
/// </list>
/// </summary>
internal sealed class ReclaimRules(QueueTree tree, WorkloadFacts waiting) : IComparer<Resident>
{
    private readonly QueueSpec policy = tree.Spec(waiting.Queue);

    /// <summary>Whether it may ask other queues: it stays within what its own queue owns.</summary>
    public bool Reclaims { get; } = tree.Spec(waiting.Queue).ReclaimWithinCohort != ReclaimWithinCohort.Never && WithinQuota(tree, waiting);

    /// <summary>The weakest class first: it is taken before the next is looked at.</summary>
    public static IReadOnlyList<ContractClass> Order { get; } =
    [ContractClass.IdleFill, ContractClass.Interruptible, ContractClass.OnDemand];

    /// <summary>Whether the class of a workload lets it be evicted for this one at all.</summary>
    public bool MayAsk(ContractClass victim) => victim != ContractClass.Reserved && victim >= waiting.ContractClass;

    /// <summary>Whether it is a candidate now; eviction of others can end that, because their queue no longer borrows.</summary>
    public bool MayEvict(Resident victim) => IsCandidate(victim.Facts) && (victim.Facts.Queue == waiting.Queue || IsBorrowed(victim.Facts));

    /// <summary>What does not depend on who was evicted before.</summary>
    public bool IsCandidate(WorkloadFacts victim)
    {
        if (!MayAsk(victim.ContractClass) || (victim.Shape.NeededMask & waiting.Shape.NeededMask) == 0)
        {
            return false;
        }

        return victim.Queue == waiting.Queue
            ? policy.WithinClusterQueue == WithinClusterQueue.LowerPriority && IsLower(victim)
            : Reclaims
                && tree.Roots[victim.Queue] == tree.Roots[waiting.Queue]
                && policy.ReclaimWithinCohort switch
                {
                    ReclaimWithinCohort.Any => true,
                    ReclaimWithinCohort.LowerPriority => IsLower(victim),
                    _ => false,
                };
    }

    /// <summary>The weakest class, then what was borrowed before its own queue's, then the lowest priority, then who has run shortest.</summary>
    public int Compare(Resident? x, Resident? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        var (left, right) = (x.Facts, y.Facts);
        var order = right.ContractClass.CompareTo(left.ContractClass);
        order = order != 0 ? order : (left.Queue == waiting.Queue).CompareTo(right.Queue == waiting.Queue);
        order = order != 0 ? order : left.Priority.CompareTo(right.Priority);
        return order != 0 ? order : y.Started.CompareTo(x.Started);
    }

    private bool IsLower(WorkloadFacts victim) =>
        victim.ContractClass > waiting.ContractClass
        || (victim.ContractClass == waiting.ContractClass && victim.Priority < waiting.Priority);

    /// <summary>Whether anybody in another queue may be a candidate: the queue borrows something that is needed.</summary>
    public bool Owes(int queue)
    {
        foreach (var resource in waiting.Shape.Needed)
        {
            if (BorrowsUpToCommon(queue, resource))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsBorrowed(WorkloadFacts victim)
    {
        foreach (var resource in waiting.Shape.Needed)
        {
            if (victim.Shape.Totals[resource] > 0 && BorrowsUpToCommon(victim.Queue, resource))
            {
                return true;
            }
        }

        return false;
    }

    private bool BorrowsUpToCommon(int queue, int resource)
    {
        for (var node = queue; !IsAboveWaiting(node); node = tree.Parents[node])
        {
            if (!tree.Borrows(node, resource))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsAboveWaiting(int node)
    {
        var above = waiting.Queue;
        while (above >= 0 && above != node)
        {
            above = tree.Parents[above];
        }

        return above == node;
    }

    private static bool WithinQuota(QueueTree tree, WorkloadFacts waiting)
    {
        foreach (var resource in waiting.Shape.Needed)
        {
            if (tree.Used(waiting.Queue, resource) + waiting.Shape.Totals[resource] > tree.Quota(waiting.Queue, resource))
            {
                return false;
            }
        }

        return true;
    }
}
