using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Queues.Tree;

/// <summary>
/// Queues and cohorts with their quota and what is used of it, per resource. The rules are those of Kueue's hierarchical cohorts (KEP 79), with
/// c over the children of n, and all quantities at least 0:
/// <code>
/// quota(n) = nominal(n) + Σ lent(c)          what n and its children own together
/// kept(n)  = max(0, quota(n) − lendingLimit)  never lent; 0 without a limit
/// lent(n)  = quota(n) − kept(n)               what others may borrow
/// used(n)  = own(n) + Σ max(0, used(c) − kept(c))
/// used(n) ≤ quota(n) + borrowingLimit(n);     at a root used(n) ≤ quota(n)
/// </code>
/// So a queue borrows only what its relatives lend: everything beyond what a subtree keeps is counted once at its parent. Every change walks
/// one path to the root, O(depth), and taking is undone exactly by giving back, because <c>used</c> is a function of what the queues own.
/// Memory: 7 words per node and resource.
/// </summary>
public sealed class QueueTree
{
    /// <summary>No limit: beyond any sum that the bounds allow, and far from the end of 64 bits.</summary>
    private const long Unlimited = long.MaxValue / 4;

    private readonly QueueSpec[] specs;
    private readonly Dictionary<string, int> positions;
    private readonly Dictionary<int, int[]> members;
    private readonly long[] nominal;
    private readonly long[] borrowing;
    private readonly long[] lending;
    private readonly long[] quota;
    private readonly long[] kept;
    private readonly long[] used;
    private readonly long[] held;

    /// <param name="resources">Their names; amounts follow this order.</param>
    /// <param name="queues">Queues and cohorts, in any order; the order breaks ties.</param>
    /// <exception cref="InvalidSupplyException">The tree cannot be; every problem names its field and the way out.</exception>
    public QueueTree(IReadOnlyList<string> resources, IReadOnlyList<QueueSpec> queues)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(queues);
        QueueTreeValidation.Check(resources, queues);
        Resources = [.. resources];
        specs = [.. queues];
        positions = specs.Select((queue, n) => (queue.Name, n)).ToDictionary(each => each.Name, each => each.n, StringComparer.Ordinal);
        Parents = [.. specs.Select(queue => queue.Parent is null ? -1 : positions[queue.Parent])];
        Roots = [.. Enumerable.Range(0, Count).Select(RootOf)];
        members = Enumerable.Range(0, Count).GroupBy(node => Roots[node]).ToDictionary(group => group.Key, group => group.ToArray());
        Children = new int[Count];
        foreach (var parent in Parents.Where(parent => parent >= 0))
        {
            Children[parent]++;
        }

        var cells = Count * Resources.Count;
        (nominal, borrowing, lending) = (new long[cells], new long[cells], new long[cells]);
        (quota, kept, used, held) = (new long[cells], new long[cells], new long[cells], new long[cells]);
        Array.Fill(borrowing, Unlimited);
        Array.Fill(lending, Unlimited);
        for (var n = 0; n < Count; n++)
        {
            for (var r = 0; r < Resources.Count; r++)
            {
                Put(n, r, specs[n].Quota.GetValueOrDefault(Resources[r]));
            }
        }
    }

    /// <summary>The resources, in the order of all amounts.</summary>
    public IReadOnlyList<string> Resources { get; }

    /// <summary>How many queues and cohorts.</summary>
    public int Count => specs.Length;

    internal int[] Parents { get; }

    /// <summary>The root above each node.</summary>
    internal int[] Roots { get; }

    /// <summary>All nodes of the tree that a node is in, ascending.</summary>
    internal ReadOnlySpan<int> Related(int node) => members[Roots[node]];

    /// <summary>How many children each node has; workloads wait where it is 0.</summary>
    internal int[] Children { get; }

    /// <summary>The position of a queue by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public int this[string name] =>
        positions.TryGetValue(name, out var node) ? node : throw new KeyNotFoundException($"There is no queue '{name}'.");

    /// <summary>The queue or cohort as it was described; its quota may have been changed since.</summary>
    public QueueSpec Spec(int node) => specs[node];

    /// <summary>The quota of a node now.</summary>
    public ResourceQuota QuotaOf(int node, int resource)
    {
        var cell = Cell(node, resource);
        return new ResourceQuota(nominal[cell], Limit(borrowing[cell]), Limit(lending[cell]));

        static long? Limit(long value) => value == Unlimited ? null : value;
    }

    /// <summary>What the node and everything under it own together.</summary>
    public long Quota(int node, int resource) => quota[Cell(node, resource)];

    /// <summary>What counts against the node's quota: all of a queue's own, and of children what they do not keep for themselves.</summary>
    public long Used(int node, int resource) => used[Cell(node, resource)];

    /// <summary>What workloads under the node use, wherever it is counted.</summary>
    public long Held(int node, int resource) => held[Cell(node, resource)];

    /// <summary>What the node keeps for itself and its children.</summary>
    public long Kept(int node, int resource) => kept[Cell(node, resource)];

    /// <summary>How much more may be counted at the node; negative after its quota shrank under what runs.</summary>
    public long Headroom(int node, int resource) => Bound(node, Cell(node, resource)) - used[Cell(node, resource)];

    /// <summary>Whether it uses more than it owns.</summary>
    public bool Borrows(int node, int resource) => used[Cell(node, resource)] > quota[Cell(node, resource)];

    /// <summary>Whether a workload may be added to a queue: every node it would be counted at stays within its bound.</summary>
    public bool Fits(int queue, WorkloadShape shape) => FirstBlock(queue, shape) is null;

    /// <summary>The first bound in the way, resources in their order and the queue before its cohorts; null when it fits.</summary>
    internal QuotaBlock? FirstBlock(int queue, WorkloadShape shape)
    {
        foreach (var resource in shape.Needed)
        {
            var amount = shape.Totals[resource];
            for (var node = queue; node >= 0 && amount > 0; node = Parents[node])
            {
                var headroom = Headroom(node, resource);
                if (amount > headroom)
                {
                    return new QuotaBlock(node, resource, amount, headroom);
                }

                amount = CountedAbove(node, resource, amount);
            }
        }

        return null;
    }

    /// <summary>Every bound in the way.</summary>
    internal IEnumerable<QuotaBlock> Blocks(int queue, WorkloadShape shape)
    {
        foreach (var resource in shape.Needed.ToArray())
        {
            var amount = shape.Totals[resource];
            for (var node = queue; node >= 0 && amount > 0; node = Parents[node])
            {
                if (amount > Headroom(node, resource))
                {
                    yield return new QuotaBlock(node, resource, amount, Headroom(node, resource));
                }

                amount = CountedAbove(node, resource, amount);
            }
        }
    }

    /// <summary>Counts a workload in (sign 1) or out (sign −1). Whether it fits is the caller's question.</summary>
    internal void Add(int queue, WorkloadShape shape, int sign)
    {
        foreach (var resource in shape.Needed)
        {
            var amount = sign * shape.Totals[resource];
            Shift(queue, resource, amount, 0);
            for (var node = queue; node >= 0; node = Parents[node])
            {
                held[Cell(node, resource)] += amount;
            }
        }
    }

    /// <summary>Changes the quota of a node; what runs keeps running.</summary>
    /// <exception cref="InvalidSupplyException">The quota cannot be.</exception>
    internal void SetQuota(int node, int resource, ResourceQuota value)
    {
        QueueTreeValidation.Check($"queues[{node}].quota[{Resources[resource]}]", value, Parents[node] < 0);
        Put(node, resource, value);
    }

    private void Put(int node, int resource, ResourceQuota value)
    {
        var cell = Cell(node, resource);
        var more = value.Nominal - nominal[cell];
        nominal[cell] = value.Nominal;
        borrowing[cell] = value.BorrowingLimit ?? Unlimited;
        lending[cell] = value.LendingLimit ?? Unlimited;
        Shift(node, resource, 0, more);
    }

    /// <summary>Changes what a node uses and owns, and what follows from it above: what it lends, and what it has counted at its parent.</summary>
    private void Shift(int node, int resource, long usedMore, long quotaMore)
    {
        while (node >= 0)
        {
            var cell = Cell(node, resource);
            long lent = quota[cell] - kept[cell],
                over = Math.Max(0, used[cell] - kept[cell]);
            used[cell] += usedMore;
            quota[cell] += quotaMore;
            kept[cell] = Math.Max(0, quota[cell] - lending[cell]);
            quotaMore = quota[cell] - kept[cell] - lent;
            usedMore = Math.Max(0, used[cell] - kept[cell]) - over;
            if (usedMore == 0 && quotaMore == 0)
            {
                return;
            }

            node = Parents[node];
        }
    }

    /// <summary>Of an amount added to a node, what its parent counts: all but what the node keeps and does not use yet.</summary>
    private long CountedAbove(int node, int resource, long amount)
    {
        var cell = Cell(node, resource);
        return amount - Math.Max(0, kept[cell] - used[cell]);
    }

    private long Bound(int node, int cell) => Parents[node] < 0 ? quota[cell] : quota[cell] + borrowing[cell];

    private int Cell(int node, int resource) => (node * Resources.Count) + resource;

    private int RootOf(int node)
    {
        while (Parents[node] >= 0)
        {
            node = Parents[node];
        }

        return node;
    }
}

/// <summary>A bound in the way.</summary>
/// <param name="Node">Whose.</param>
/// <param name="Need">What the workload would add there.</param>
/// <param name="Headroom">What could be added.</param>
internal readonly record struct QuotaBlock(int Node, int Resource, long Need, long Headroom);
