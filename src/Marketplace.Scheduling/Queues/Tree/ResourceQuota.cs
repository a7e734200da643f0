namespace Marketplace.Scheduling.Queues.Tree;

/// <summary>What a queue or cohort has of one resource, in the resource's own unit (cards, milli-cores, MiB).</summary>
/// <param name="Nominal">Guaranteed: its own, and back on demand when others borrowed it.</param>
/// <param name="BorrowingLimit">Most it may use beyond its own; null: as much as the cohort lends. Never on a root, which has nobody to borrow from.</param>
/// <param name="LendingLimit">Most of its own that others may borrow; null: all of it.</param>
public readonly record struct ResourceQuota(long Nominal, long? BorrowingLimit = null, long? LendingLimit = null);

/// <summary>Whom a queue may evict in the other queues of its tree, to get back what they borrowed.</summary>
public enum ReclaimWithinCohort
{
    Never,

    /// <summary>Workloads of a lower priority than the one that waits.</summary>
    LowerPriority,

    /// <summary>Whatever was borrowed.</summary>
    Any,
}

/// <summary>Whom a queue may evict among its own workloads.</summary>
public enum WithinClusterQueue
{
    Never,

    /// <summary>Workloads of a lower priority than the one that waits.</summary>
    LowerPriority,
}

/// <summary>A queue (nobody names it as parent: workloads wait here) or a cohort (somebody does: it shares among its children).</summary>
/// <param name="Name">Unique.</param>
/// <param name="Parent">The cohort it shares with; null for a root.</param>
/// <param name="Quota">By resource name; a resource that is not named has a nominal quota of 0 and no limits.</param>
/// <param name="Weight">Its part among its siblings under fair share: twice the weight, twice the share.</param>
public sealed record QueueSpec(
    string Name,
    string? Parent,
    IReadOnlyDictionary<string, ResourceQuota> Quota,
    double Weight = 1,
    ReclaimWithinCohort ReclaimWithinCohort = ReclaimWithinCohort.Never,
    WithinClusterQueue WithinClusterQueue = WithinClusterQueue.Never
);
