using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>What must hold in every tree, under every discipline, after any events.</summary>
public sealed class QueueProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    public static TheoryData<string> Disciplines => [.. QueueDisciplines.Names];

    [Theory]
    [MemberData(nameof(Disciplines))]
    public void A_pass_starts_whom_trying_everybody_would_start_and_keeps_the_sums(string discipline)
    {
        int started = 0,
            waiting = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var walk = new QueueWalk(number, discipline, placing: number % 3 == 0);
                for (var pass = 0; pass < 12; pass++)
                {
                    for (var events = walk.Scenario.Random.Next(1, 7); events > 0; events--)
                    {
                        walk.Event();
                    }

                    if (!walk.Pass() || !walk.Agrees())
                    {
                        return false;
                    }
                }

                started += walk.Admitted;
                waiting += walk.Waiting.Count;
                return true;
            },
            300,
            discipline
        );
        // Both must be common, or agreement says little.
        Assert.InRange(waiting / (double)(started + waiting), 0.1, 0.9);
    }

    [Theory]
    [MemberData(nameof(Disciplines))]
    public void Nobody_uses_more_than_owned_and_borrowed_and_nothing_is_lent_twice(string discipline) =>
        Properties.Check(
            Numbers,
            number =>
            {
                var walk = new QueueWalk(number, discipline);
                for (var i = 0; i < 40; i++)
                {
                    walk.Submit(
                        walk.Scenario.Pick(walk.Scenario.Leaves),
                        walk.Scenario.Pick(walk.Scenario.Shapes),
                        walk.Scenario.Random.Next(3)
                    );
                    walk.Pass();
                }

                var tree = walk.Queues.Tree;
                return walk
                    .Brute.Cells()
                    .All(cell =>
                        walk.Brute.Within(cell.Node, cell.Resource)
                        && tree.Headroom(cell.Node, cell.Resource) >= 0
                        && (
                            walk.Scenario.Specs[cell.Node].Parent is not null
                            || tree.Held(cell.Node, cell.Resource) <= Nominals(walk, cell.Node, cell.Resource)
                        )
                    );
            },
            200,
            discipline
        );

    [Theory]
    [MemberData(nameof(Disciplines))]
    public void The_same_events_give_the_same_starts(string discipline) =>
        Properties.Check(Numbers, number => Trace(number, discipline).SequenceEqual(Trace(number, discipline)), 60, discipline);

    [Fact]
    public void Taking_and_giving_back_leaves_the_tree_as_it_was() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new QueueScenario(number);
                var tree = scenario.Tree();
                var taken = new Stack<(int Queue, WorkloadShape Shape)>();
                var seen = new Stack<long[]>();
                for (var i = 0; i < 12; i++)
                {
                    seen.Push(State(tree));
                    taken.Push((scenario.Pick(scenario.Leaves), scenario.Pick(scenario.Shapes)));
                    tree.Add(taken.Peek().Queue, taken.Peek().Shape, 1);
                }

                while (taken.TryPop(out var last))
                {
                    tree.Add(last.Queue, last.Shape, -1);
                    if (!State(tree).SequenceEqual(seen.Pop()))
                    {
                        return false;
                    }
                }

                return true;
            },
            200
        );

    [Fact]
    public void Under_strict_fifo_the_head_starts_as_soon_as_enough_has_ended_whatever_comes_behind_it() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var walk = new QueueWalk(number, QueueDisciplines.FifoStrict);
                var queue = walk.Scenario.Pick(walk.Scenario.Leaves);
                walk.Submit(queue, walk.Scenario.Shapes[0]);
                walk.Pass();
                var head = walk.Submit(queue, walk.Scenario.Shapes[^1], priority: 5);
                if (!EmptyTreeHolds(walk, head))
                {
                    return true;
                }

                // Small ones keep coming to its own queue; without them passing it, what runs drains and it starts.
                for (var pass = 0; pass < 100 && !head.Running; pass++)
                {
                    walk.Submit(queue, walk.Scenario.Shapes[0], priority: 4);
                    walk.Pass();
                    if (walk.Running.Find(item => item != head) is { } ended)
                    {
                        walk.Queues.Finish(ended.Ticket);
                        walk.Brute.Items.Remove(ended);
                    }
                }

                return head.Running;
            },
            200
        );

    [Fact]
    public void No_backlogged_sibling_is_more_than_one_workload_ahead_of_its_weighted_share() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var random = new Random(number);
                var weights = Enumerable.Range(0, random.Next(2, 6)).Select(_ => (double)random.Next(1, 5)).ToList();
                var quota = new Dictionary<string, ResourceQuota> { ["gpu"] = new(random.Next(0, 20)) };
                var tree = new QueueTree(
                    ["gpu"],
                    [new("root", null, quota), .. weights.Select((weight, q) => new QueueSpec($"q{q}", "root", quota, weight))]
                );
                var queues = new WorkloadQueues(tree, QueueDisciplines.FairShare);
                var shape = new WorkloadShape(1, random.Next(1, 4));
                for (var i = 0; i < 120 * weights.Count; i++)
                {
                    queues.Submit(1 + (i % weights.Count), shape);
                }

                queues.Admit(new List<WorkloadTicket>());
                long amount = shape.Totals[0],
                    used = tree.Used(0, 0);
                var sum = weights.Sum();
                // Nobody is ahead of anybody by more than its last workload; summed over all: nobody is above its share by more.
                return Enumerable
                    .Range(0, weights.Count)
                    .All(i =>
                        tree.Held(1 + i, 0) - amount <= (used * weights[i] / sum) + 1e-9
                        && weights
                            .Select((weight, j) => tree.Held(1 + j, 0) / weight)
                            .All(other => (tree.Held(1 + i, 0) - amount) / weights[i] <= other + 1e-9)
                    );
            },
            300
        );

    private static long Nominals(QueueWalk walk, int root, int resource) =>
        Enumerable
            .Range(0, walk.Scenario.Specs.Count)
            .Where(n => walk.Queues.Tree.Roots[n] == root)
            .Sum(n => walk.Queues.Tree.QuotaOf(n, resource).Nominal);

    private static bool EmptyTreeHolds(QueueWalk walk, BruteQueues.Entry item)
    {
        var running = walk.Running;
        running.ForEach(each => each.Running = false);
        var holds = walk.Brute.Fits(item);
        running.ForEach(each => each.Running = true);
        return holds;
    }

    private static List<WorkloadTicket> Trace(int number, string discipline)
    {
        var walk = new QueueWalk(number, discipline);
        var started = new List<WorkloadTicket>();
        for (var pass = 0; pass < 10; pass++)
        {
            walk.Event();
            walk.Event();
            var now = new List<WorkloadTicket>();
            walk.Queues.Admit(now);
            foreach (var item in walk.Brute.Items.Where(item => now.Contains(item.Ticket)))
            {
                item.Running = true;
            }

            started.AddRange(now);
        }

        return started;
    }

    private static long[] State(QueueTree tree) =>
        [
            .. from n in Enumerable.Range(0, tree.Count)
            from r in Enumerable.Range(0, tree.Resources.Count)
            from value in new[] { tree.Quota(n, r), tree.Kept(n, r), tree.Used(n, r), tree.Held(n, r) }
            select value,
        ];
}
