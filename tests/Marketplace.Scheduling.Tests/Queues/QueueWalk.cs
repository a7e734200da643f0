using Marketplace.Scheduling.Queues;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>Random events on the queues and, side by side, on their definition.</summary>
internal sealed class QueueWalk
{
    private readonly Random random;
    private long arrivals;

    public QueueWalk(int number, string discipline, bool placing = false)
    {
        Scenario = new QueueScenario(number);
        random = Scenario.Random;
        Queues = new WorkloadQueues(Scenario.Tree(), discipline);
        Brute = new BruteQueues(Scenario, discipline);
        Capacity = placing ? random.Next(4, 16) : null;
    }

    public QueueScenario Scenario { get; }
    public WorkloadQueues Queues { get; }
    public BruteQueues Brute { get; }

    /// <summary>Of the first resource, over all trees; null when quota alone decides.</summary>
    public long? Capacity { get; }

    public int Admitted { get; private set; }

    public List<BruteQueues.Entry> Waiting => [.. Brute.Items.Where(item => !item.Running)];
    public List<BruteQueues.Entry> Running => [.. Brute.Items.Where(item => item.Running)];

    /// <summary>Something happens between two passes.</summary>
    public void Event()
    {
        switch (random.Next(13))
        {
            case < 6:
                Submit(Scenario.Pick(Scenario.Leaves), Scenario.Pick(Scenario.Shapes), random.Next(3));
                break;
            case < 9 when Running.Count > 0:
                var ended = Scenario.Pick(Running);
                Queues.Finish(ended.Ticket);
                Brute.Items.Remove(ended);
                break;
            case 9 when Running.Count > 0:
                var evicted = Scenario.Pick(Running);
                Queues.Evict(evicted.Ticket);
                evicted.Running = false;
                break;
            case 10 when Waiting.Count > 0:
                var withdrawn = Scenario.Pick(Waiting);
                Queues.Withdraw(withdrawn.Ticket);
                Brute.Items.Remove(withdrawn);
                break;
            case 11 when Waiting.Count > 0:
                // Out of turn, as after room was made for it; whoever makes room has looked at the nodes.
                var chosen = Scenario.Pick(Waiting);
                if (InUse() + chosen.Shape.Totals[0] > Capacity)
                {
                    break;
                }

                chosen.Running = Brute.Fits(chosen);
                Assert.Equal(chosen.Running, Queues.AdmitNow(chosen.Ticket));
                break;
            default:
                int node = random.Next(Scenario.Specs.Count),
                    resource = random.Next(Scenario.Resources.Length);
                var quota = Scenario.Quota(Scenario.Specs[node].Parent is null);
                Queues.SetQuota(node, resource, quota);
                Brute[node, resource] = quota;
                break;
        }
    }

    public BruteQueues.Entry Submit(int queue, WorkloadShape shape, int priority = 0)
    {
        var item = new BruteQueues.Entry(queue, shape, priority, arrivals++, Queues.Submit(queue, shape, priority));
        Brute.Items.Add(item);
        return item;
    }

    /// <summary>One pass on both.</summary>
    /// <returns>Whether the same workloads started, in the same order.</returns>
    public bool Pass()
    {
        var started = new List<WorkloadTicket>();
        Queues.Admit(started, 0, Capacity is null ? null : Place);
        Admitted += started.Count;
        var expected = Brute.Admit(Capacity is null ? null : item => InUse() + item.Shape.Totals[0] <= Capacity);
        return started.SequenceEqual(expected.Select(item => item.Ticket));

        bool Place(WorkloadTicket ticket, WorkloadFacts facts)
        {
            var sum = facts.Shape.Totals[0];
            for (var n = 0; n < Scenario.Specs.Count; n++)
            {
                sum += Scenario.Specs[n].Parent is null ? Queues.Tree.Held(n, 0) : 0;
            }

            return sum <= Capacity;
        }
    }

    private long InUse() => Running.Sum(item => item.Shape.Totals[0]);

    /// <summary>Whether what was kept up to date is what summing anew gives.</summary>
    public bool Agrees()
    {
        var tree = Queues.Tree;
        return Brute
                .Cells()
                .All(cell =>
                    tree.Quota(cell.Node, cell.Resource) == Brute.Quota(cell.Node, cell.Resource)
                    && tree.Kept(cell.Node, cell.Resource) == Brute.Kept(cell.Node, cell.Resource)
                    && tree.Used(cell.Node, cell.Resource) == Brute.Used(cell.Node, cell.Resource)
                    && tree.Held(cell.Node, cell.Resource) == Brute.Held(cell.Node, cell.Resource)
                )
            && Brute.Items.TrueForAll(item => Queues[item.Ticket].Running == item.Running)
            && Queues.Count == Brute.Items.Count
            && Queues.Groups == Waiting.Select(item => (item.Queue, item.Shape, item.Priority)).Distinct().Count();
    }
}
