using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>The rules of the queues written down again from their definitions: everybody is tried in every pass, everything is summed anew.</summary>
internal sealed class BruteQueues
{
    private readonly IReadOnlyList<QueueSpec> specs;
    private readonly string[] resources;
    private readonly string discipline;
    private readonly ResourceQuota[,] quotas;
    private readonly int[] parents;

    public BruteQueues(QueueScenario scenario, string discipline)
    {
        (specs, resources, this.discipline) = (scenario.Specs, scenario.Resources, discipline);
        quotas = new ResourceQuota[specs.Count, resources.Length];
        parents = new int[specs.Count];
        for (var n = 0; n < specs.Count; n++)
        {
            parents[n] = specs.ToList().FindIndex(spec => spec.Name == specs[n].Parent);
            for (var r = 0; r < resources.Length; r++)
            {
                quotas[n, r] = specs[n].Quota[resources[r]];
            }
        }
    }

    public List<Entry> Items { get; } = [];

    public ResourceQuota this[int node, int resource]
    {
        get => quotas[node, resource];
        set => quotas[node, resource] = value;
    }

    public long Quota(int n, int r) => quotas[n, r].Nominal + Children(n).Sum(c => Quota(c, r) - Kept(c, r));

    public long Kept(int n, int r) => quotas[n, r].LendingLimit is { } limit ? Math.Max(0, Quota(n, r) - limit) : 0;

    public long Used(int n, int r) =>
        Items.Where(item => item.Running && item.Queue == n).Sum(item => item.Shape.Totals[r])
        + Children(n).Sum(c => Math.Max(0, Used(c, r) - Kept(c, r)));

    public long Held(int n, int r) =>
        Items.Where(item => item.Running && item.Queue == n).Sum(item => item.Shape.Totals[r]) + Children(n).Sum(c => Held(c, r));

    public bool Within(int n, int r) =>
        parents[n] < 0 ? Used(n, r) <= Quota(n, r) : quotas[n, r].BorrowingLimit is not { } limit || Used(n, r) <= Quota(n, r) + limit;

    /// <summary>Whether every node whose count the workload changes stays within its bound.</summary>
    public bool Fits(Entry item)
    {
        var before = Cells().ToDictionary(cell => cell, cell => Used(cell.Node, cell.Resource));
        item.Running = true;
        var fits = Cells().All(cell => Used(cell.Node, cell.Resource) == before[cell] || Within(cell.Node, cell.Resource));
        item.Running = false;
        return fits;
    }

    /// <summary>One pass over everybody; the started ones in order.</summary>
    public List<Entry> Admit(Func<Entry, bool>? place = null)
    {
        var admitted = new List<Entry>();
        var tried = new HashSet<Entry>();
        var closed = new HashSet<int>();
        while (Next(tried, closed) is { } item)
        {
            tried.Add(item);
            if (Fits(item) && (place is null || place(item)))
            {
                item.Running = true;
                admitted.Add(item);
            }
            else if (discipline == QueueDisciplines.FifoStrict)
            {
                closed.Add(item.Queue);
            }
        }

        return admitted;
    }

    public IEnumerable<(int Node, int Resource)> Cells() =>
        from n in Enumerable.Range(0, specs.Count)
        from r in Enumerable.Range(0, resources.Length)
        select (n, r);

    private Entry? Next(HashSet<Entry> tried, HashSet<int> closed)
    {
        var heads = Items
            .Where(item => !item.Running && !tried.Contains(item) && !closed.Contains(item.Queue))
            .GroupBy(item => item.Queue)
            .ToDictionary(group => group.Key, group => group.OrderByDescending(item => item.Priority).ThenBy(item => item.Arrival).First());
        // Trees follow one another; inside one the discipline chooses level by level.
        for (var root = 0; root < specs.Count; root++)
        {
            if (parents[root] < 0 && heads.Keys.Any(queue => IsUnder(queue, root)))
            {
                return discipline is QueueDisciplines.Fifo or QueueDisciplines.FifoStrict
                    ? heads
                        .Values.Where(item => IsUnder(item.Queue, root))
                        .OrderByDescending(item => item.Priority)
                        .ThenBy(item => item.Arrival)
                        .First()
                    : heads[Descend(root, heads)];
            }
        }

        return null;
    }

    private int Descend(int node, Dictionary<int, Entry> heads)
    {
        var children = Children(node).Where(child => heads.Keys.Any(queue => IsUnder(queue, child))).ToList();
        return children.Count == 0 ? node : Descend(children.MinBy(Key), heads);
    }

    private double Key(int node)
    {
        var root = node;
        while (parents[root] >= 0)
        {
            root = parents[root];
        }

        var all = Enumerable.Range(0, resources.Length).ToList();
        if (discipline == QueueDisciplines.FairShare)
        {
            return all.Max(r => Held(node, r) == 0 ? 0 : Held(node, r) / (double)Quota(root, r)) / specs[node].Weight;
        }

        var shares = all.Where(r => Quota(node, r) > 0 || Held(node, r) > 0).Select(r => Held(node, r) / (double)Quota(node, r)).ToList();
        return shares.Count == 0 ? double.PositiveInfinity : shares.Max();
    }

    private bool IsUnder(int queue, int node) => queue == node || (parents[queue] >= 0 && IsUnder(parents[queue], node));

    private IEnumerable<int> Children(int n) => Enumerable.Range(0, specs.Count).Where(c => parents[c] == n);

    internal sealed class Entry(int queue, WorkloadShape shape, int priority, long arrival, WorkloadTicket ticket)
    {
        public int Queue { get; } = queue;
        public WorkloadShape Shape { get; } = shape;
        public int Priority { get; } = priority;
        public long Arrival { get; } = arrival;
        public WorkloadTicket Ticket { get; } = ticket;
        public bool Running { get; set; }
    }
}
