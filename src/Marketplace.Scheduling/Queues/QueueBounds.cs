namespace Marketplace.Scheduling.Queues;

/// <summary>Upper bounds on what queues are told. Their products stay inside 64 bits, so no sum can wrap.</summary>
public static class QueueBounds
{
    /// <summary>Most queues and cohorts: 2^17.</summary>
    public const int MaxQueues = 1 << 17;

    /// <summary>Most resources: the resources a shape needs are the bits of one word.</summary>
    public const int MaxResources = 64;

    /// <summary>Largest quota, limit, or sum over the pods of one workload: 2^40.</summary>
    public const long MaxAmount = 1L << 40;

    /// <summary>Most levels of a tree, the root and the queue included.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most workloads waiting and running at once.</summary>
    public const int MaxWorkloads = 10_000_000;

    /// <summary>Largest weight; the smallest is its reciprocal.</summary>
    public const double MaxWeight = 1_000_000;
}
