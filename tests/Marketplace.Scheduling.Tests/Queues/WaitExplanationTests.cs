using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>What is said about a waiting workload, and that the decision agrees.</summary>
public sealed class WaitExplanationTests
{
    [Fact]
    public void Reasons_agree_with_the_decision_and_every_change_lets_it_in() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var walk = new QueueWalk(number, QueueDisciplines.Fifo);
                for (var pass = 0; pass < 6; pass++)
                {
                    walk.Event();
                    walk.Event();
                    walk.Event();
                    walk.Pass();
                }

                walk.Event();
                return walk.Waiting.TrueForAll(item => Agrees(walk, item)) && walk.Agrees();
            },
            200
        );

    [Fact]
    public void Each_reason_has_its_sentence()
    {
        var queues = new WorkloadQueues(
            new QueueTree(
                ["gpu"],
                [
                    new("pool", null, new Dictionary<string, ResourceQuota>()),
                    Queue("own", new(4, BorrowingLimit: 0)),
                    Queue("some", new(4, BorrowingLimit: 2)),
                    Queue("any", new(4)),
                ]
            ),
            QueueDisciplines.Fifo
        );
        var parked = new List<WorkloadTicket>();
        parked.Add(queues.Submit(1, new WorkloadShape(5, 1)));
        parked.Add(queues.Submit(2, new WorkloadShape(7, 1)));
        parked.Add(queues.Submit(3, new WorkloadShape(13, 1)));
        queues.Admit(new List<WorkloadTicket>(), at: 42);
        Assert.Equal(
            [
                "It waits in own. own has used its quota: 5 gpu asked, 4 left. It would fit if the quota of own were 1 gpu larger."
                    + " It would fit if own could borrow 1 gpu more. It would fit if it asked for 4 pods.",
                "It waits in some. some has borrowed all it may: 7 gpu asked, 6 left. It would fit if the quota of some were 1 gpu larger."
                    + " It would fit if some could borrow 1 gpu more. It would fit if it asked for 6 pods.",
                "It waits in any. pool has lent all it has: 13 gpu asked, 12 left. It would fit if the quota of any were 1 gpu larger."
                    + " It would fit if it asked for 12 pods.",
            ],
            parked.Select(ticket => queues.Explain(ticket).ToEnglish())
        );
        Assert.All(parked, ticket => Assert.Equal(42, queues.Explain(ticket).ParkedSince));
    }

    [Fact]
    public void Who_stands_behind_a_head_that_does_not_fit_is_told_so()
    {
        var tree = new QueueTree(["gpu"], [Queue("q", new(4)) with { Parent = null }]);
        var queues = new WorkloadQueues(tree, QueueDisciplines.FifoStrict);
        var head = queues.Submit(0, new WorkloadShape(5, 1));
        var behind = queues.Submit(0, new WorkloadShape(1, 1));
        Assert.Equal(0, queues.Admit(new List<WorkloadTicket>()));
        Assert.Equal((WaitReason.BehindHead, head), (queues.Explain(behind).Reason, queues.Explain(behind).Behind));
        Assert.Equal(WaitReason.QuotaUsed, queues.Explain(head).Reason);
        queues.Withdraw(head);
        Assert.Equal(WaitReason.Turn, queues.Explain(behind).Reason);
        Assert.Equal(1, queues.Admit(new List<WorkloadTicket>()));
        Assert.Equal("It runs.", queues.Explain(behind).ToEnglish());
    }

    [Fact]
    public void Without_nodes_it_waits_until_something_it_needs_is_given_back()
    {
        var tree = new QueueTree(
            ["gpu", "cpu"],
            [new("q", null, new Dictionary<string, ResourceQuota> { ["gpu"] = new(9), ["cpu"] = new(9) })]
        );
        var queues = new WorkloadQueues(tree, QueueDisciplines.Fifo);
        var (gpu, cpu) = (queues.Submit(0, new WorkloadShape(1, 1, 0)), queues.Submit(0, new WorkloadShape(1, 0, 1)));
        Assert.Equal(2, queues.Admit(new List<WorkloadTicket>()));
        var waits = queues.Submit(0, new WorkloadShape(2, 1, 0));
        var asked = 0;
        Assert.Equal(0, Pass());
        Assert.Equal(WaitReason.NoPlace, queues.Explain(waits).Reason);
        queues.Finish(cpu);
        Assert.Equal((0, 1), (Pass(), asked));
        queues.Finish(gpu);
        Assert.Equal((0, 2), (Pass(), asked));
        queues.PlacesChanged();
        Assert.Equal((0, 3), (Pass(), asked));

        int Pass() =>
            queues.Admit(
                new List<WorkloadTicket>(),
                0,
                (_, _) =>
                {
                    asked++;
                    return false;
                }
            );
    }

    [Fact]
    public void A_pass_names_the_first_of_each_group_it_parked_and_the_next_after_room_was_made_for_that_one()
    {
        var queues = new WorkloadQueues(
            new QueueTree(["gpu"], [new("q", null, new Dictionary<string, ResourceQuota> { ["gpu"] = new(4) })]),
            QueueDisciplines.Fifo
        );
        var runs = queues.Submit(0, new WorkloadShape(1, 4));
        var first = queues.Submit(0, new WorkloadShape(1, 2));
        var second = queues.Submit(0, new WorkloadShape(1, 2));
        Assert.Equal([first], Pass());
        Assert.Empty(Pass());
        queues.Evict(runs);
        Assert.True(queues.AdmitNow(first));
        queues.SetQuota(0, 0, new ResourceQuota(2));
        Assert.Equal([runs, second], Pass());

        List<WorkloadTicket> Pass()
        {
            var parked = new List<WorkloadTicket>();
            queues.Admit(new List<WorkloadTicket>(), 0, null, parked);
            return parked;
        }
    }

    private static bool Agrees(QueueWalk walk, BruteQueues.Entry item)
    {
        var said = walk.Queues.Explain(item.Ticket);
        var tree = walk.Queues.Tree;
        if (walk.Brute.Fits(item) != (said.Reason == WaitReason.Turn))
        {
            return false;
        }

        foreach (var change in said.WouldFitIf)
        {
            if (change.Code == LetIn.FewerPods)
            {
                var pods = (int)change.Amounts["pods"];
                if (!Fits(item.Shape.WithPods(pods)) || (pods + 1 < item.Shape.Pods && Fits(item.Shape.WithPods(pods + 1))))
                {
                    return false;
                }

                continue;
            }

            var node = tree[change.Queue];
            var before = walk.Scenario.Resources.Select((_, r) => walk.Brute[node, r]).ToList();
            foreach (var (name, more) in change.Amounts)
            {
                var r = Array.IndexOf(walk.Scenario.Resources, name);
                walk.Brute[node, r] =
                    change.Code == LetIn.RaiseNominal
                        ? before[r] with
                        {
                            Nominal = before[r].Nominal + more,
                        }
                        : before[r] with
                        {
                            BorrowingLimit = before[r].BorrowingLimit + more,
                        };
            }

            var fits = walk.Brute.Fits(item);
            for (var r = 0; r < before.Count; r++)
            {
                walk.Brute[node, r] = before[r];
            }

            if (!fits)
            {
                return false;
            }
        }

        return true;

        bool Fits(WorkloadShape shape)
        {
            var other = new BruteQueues.Entry(item.Queue, shape, 0, 0, default);
            walk.Brute.Items.Add(other);
            var fits = walk.Brute.Fits(other);
            walk.Brute.Items.Remove(other);
            return fits;
        }
    }

    private static QueueSpec Queue(string name, ResourceQuota quota) =>
        new(name, "pool", new Dictionary<string, ResourceQuota> { ["gpu"] = quota });
}
