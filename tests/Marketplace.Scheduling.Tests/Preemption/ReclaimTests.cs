using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Preemption;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Preemption;

/// <summary>Who leaves first, by example.</summary>
public sealed class ReclaimTests
{
    private readonly WorkloadQueues queues;
    private NodeOccupancy nodes = new(1, []);

    public ReclaimTests() => queues = Queues(ReclaimWithinCohort.Any);

    [Fact]
    public void Idle_fill_leaves_before_interruptible_and_that_before_on_demand_and_the_last_to_start_first()
    {
        var onDemand = Run(2, 2, ContractClass.OnDemand);
        var interruptible = Run(2, 2, ContractClass.Interruptible);
        var idle = Run(2, 2, ContractClass.IdleFill);
        var later = Run(2, 2, ContractClass.IdleFill);
        Assert.Equal([later], Victims(Wait(2)));
        Assert.Equal([later, idle], Victims(Wait(4)));
        Assert.Equal([later, idle, interruptible], Victims(Wait(6)));
        Assert.Equal([later, idle, interruptible, onDemand], Victims(Wait(8)));
        Assert.Equal(
            "It fits when 4 leave: 2 idle-fill at once, 1 interruptible with notice, 1 on demand with notice.",
            Find(Wait(8)).ToEnglish()
        );
    }

    [Fact]
    public void Reserved_ones_stay_whatever_their_queue_borrowed()
    {
        Run(2, 8, ContractClass.Reserved);
        Assert.Equal(ReclaimOutcome.QuotaCannotSuffice, Find(Wait(1)).Outcome);
    }

    [Fact]
    public void Only_what_was_borrowed_comes_back()
    {
        var queue = Queues(ReclaimWithinCohort.Any, other: 4);
        var first = Run(2, 4, ContractClass.IdleFill, queue);
        var second = Run(2, 4, ContractClass.IdleFill, queue);
        Assert.Equal([second], Victims(Wait(4, queue), queue));
        queue.Finish(second);
        nodes.End(second);
        Assert.Equal(ReclaimOutcome.Fits, Find(Wait(4, queue), queue).Outcome);
        Assert.Equal(ReclaimOutcome.QuotaCannotSuffice, Find(Wait(5, queue), queue).Outcome);
        Assert.True(queue[first].Running);
    }

    [Theory]
    [InlineData(ReclaimWithinCohort.Any, 5, true)]
    [InlineData(ReclaimWithinCohort.LowerPriority, 5, false)]
    [InlineData(ReclaimWithinCohort.LowerPriority, 6, true)]
    [InlineData(ReclaimWithinCohort.Never, 6, false)]
    public void The_policy_says_who_may_be_asked(ReclaimWithinCohort policy, int priority, bool evicts)
    {
        var queue = Queues(policy);
        Run(2, 8, ContractClass.OnDemand, queue, priority: 5);
        var waiting = queue.Submit(1, new WorkloadShape(1, 2), priority);
        Assert.Equal(evicts ? ReclaimOutcome.Evict : ReclaimOutcome.QuotaCannotSuffice, Find(waiting, queue).Outcome);
    }

    [Fact]
    public void Nobody_of_a_better_class_leaves()
    {
        Run(2, 8, ContractClass.OnDemand);
        var waiting = queues.Submit(1, new WorkloadShape(1, 2), 9, ContractClass.Interruptible);
        Assert.Equal(ReclaimOutcome.QuotaCannotSuffice, Find(waiting).Outcome);
    }

    [Fact]
    public void A_gang_takes_the_nodes_that_cost_least_and_one_wide_victim_rather_than_many_small()
    {
        nodes = new NodeOccupancy(1, [.. Enumerable.Range(0, 4).Select(_ => new long[] { 2 })]);
        var small = Enumerable.Range(0, 4).Select(i => Run(2, 1, ContractClass.IdleFill, places: [new PodsOnNode(i / 2, 1)])).ToList();
        var wide = Start(queues, queues.Submit(2, new WorkloadShape(2, 2), 0, ContractClass.IdleFill), [new(2, 1), new(3, 1)]);
        var gang = Find(queues.Submit(1, new WorkloadShape(2, 2)));
        Assert.Equal([wide], gang.Victims.Select(victim => victim.Ticket));
        Assert.Equal([new PodsOnNode(2, 1), new PodsOnNode(3, 1)], gang.Places);
        Assert.Equal(4, small.Count);
    }

    [Fact]
    public void Sums_that_cannot_suffice_end_the_search_before_it_begins()
    {
        nodes = new NodeOccupancy(
            1,
            [
                [4],
                [4],
            ]
        );
        Run(2, 4, ContractClass.Reserved, places: [new PodsOnNode(0, 1)]);
        Assert.Equal(ReclaimOutcome.NodesCannotSuffice, Find(Wait(8)).Outcome);
        // The sum is there, but on two nodes.
        nodes.End(nodes.On(0)[0].Ticket);
        Assert.Equal(ReclaimOutcome.NodesCannotSuffice, Find(Wait(8)).Outcome);
    }

    [Fact]
    public void Places_that_cannot_be_are_refused_and_change_nothing()
    {
        nodes = new NodeOccupancy(
            1,
            [
                [4],
            ]
        );
        var ticket = queues.Submit(2, new WorkloadShape(2, 2));
        var facts = queues[ticket];
        foreach (
            PodsOnNode[] places in new PodsOnNode[][] { [], [new(0, 1)], [new(0, 3)], [new(1, 2)], [new(0, 1), new(0, 1)], [new(-1, 2)] }
        )
        {
            Assert.Throws<ArgumentException>(() => nodes.Start(ticket, facts, places));
        }

        Assert.Throws<InvalidOperationException>(() => nodes.End(ticket));
        nodes.Start(ticket, facts, new PodsOnNode(0, 2));
        Assert.Throws<ArgumentException>(() => nodes.Start(ticket, facts, new PodsOnNode(0, 2)));
        Assert.Equal((0, 1), (nodes.Free(0, 0), nodes.Count));
        Assert.Equal(
            "nodes[0][0]",
            Assert
                .Single(
                    Assert
                        .Throws<InvalidSupplyException>(() =>
                            new NodeOccupancy(
                                1,
                                [
                                    [-1],
                                ]
                            )
                        )
                        .Problems
                )
                .Field
        );
    }

    [Fact]
    public void A_gang_of_one_rack_evicts_there_and_not_where_less_would_do()
    {
        // Racks of two nodes. One place is free in each of the first two; the third rack is full of one idle-fill workload.
        nodes = new NodeOccupancy(
            1,
            [.. Enumerable.Range(0, 6).Select(_ => new long[] { 1 })],
            [.. Enumerable.Range(0, 6).Select(n => new NodePlace("c", $"rack{n / 2}"))]
        );
        Run(2, 1, ContractClass.Reserved, places: [new(0, 1)]);
        Run(2, 1, ContractClass.Reserved, places: [new(2, 1)]);
        var filler = Start(queues, queues.Submit(2, new WorkloadShape(2, 1), 0, ContractClass.IdleFill), [new(4, 1), new(5, 1)]);
        var gang = queues.Submit(1, new WorkloadShape(2, 1));

        Assert.Equal(ReclaimOutcome.Fits, VictimSearch.Find(queues, nodes, gang).Outcome);
        var together = VictimSearch.Find(queues, nodes, gang, TopologyLevel.Rack);
        Assert.Equal([filler], together.Victims.Select(victim => victim.Ticket));
        Assert.Equal([new PodsOnNode(4, 1), new PodsOnNode(5, 1)], together.Places);
        Assert.Equal(ReclaimOutcome.NodesCannotSuffice, VictimSearch.Find(queues, nodes, gang, TopologyLevel.Node).Outcome);
    }

    [Fact]
    public void More_domains_than_the_bound_end_in_not_found_and_not_in_a_no()
    {
        // Every rack is full of somebody who could be asked, if only the queue had borrowed what it uses.
        var racks = TogetherSearch.MaxDomains + 1;
        nodes = new NodeOccupancy(
            1,
            [.. Enumerable.Range(0, racks).Select(_ => new long[] { 1 })],
            [.. Enumerable.Range(0, racks).Select(n => new NodePlace("c", $"rack{n}"))]
        );
        for (var n = 0; n < racks; n++)
        {
            var ticket = queues.Submit(2, new WorkloadShape(1, 1), 0, ContractClass.IdleFill);
            nodes.Start(ticket, queues[ticket], new PodsOnNode(n, 1));
        }

        Assert.Equal(ReclaimOutcome.NoneFound, VictimSearch.Find(queues, nodes, Wait(1), TopologyLevel.Rack).Outcome);
    }

    [Fact]
    public void Places_are_those_of_the_nodes()
    {
        var wrong = Assert.Throws<InvalidSupplyException>(() =>
            new NodeOccupancy(
                1,
                [
                    [1],
                    [1],
                ],
                [new NodePlace("c")]
            )
        );
        Assert.Equal("places.count", Assert.Single(wrong.Problems).Field);
    }

    private static WorkloadQueues Queues(ReclaimWithinCohort policy, long other = 0) =>
        new(
            new QueueTree(
                ["gpu"],
                [
                    new("pool", null, Gpu(0)),
                    new("owner", "pool", Gpu(8 - other), 1, policy, WithinClusterQueue.LowerPriority),
                    new("other", "pool", Gpu(other)),
                ]
            ),
            QueueDisciplines.Fifo
        );

    private static Dictionary<string, ResourceQuota> Gpu(long nominal) => new() { ["gpu"] = new(nominal) };

    private WorkloadTicket Run(
        int queue,
        long gpus,
        ContractClass contractClass,
        WorkloadQueues? into = null,
        int priority = 0,
        PodsOnNode[]? places = null
    ) => Start(into ?? queues, (into ?? queues).Submit(queue, new WorkloadShape(1, gpus), priority, contractClass), places ?? []);

    private WorkloadTicket Start(WorkloadQueues into, WorkloadTicket ticket, PodsOnNode[] places)
    {
        Assert.True(into.AdmitNow(ticket));
        nodes.Start(ticket, into[ticket], places);
        return ticket;
    }

    private WorkloadTicket Wait(long gpus, WorkloadQueues? at = null) => (at ?? queues).Submit(1, new WorkloadShape(1, gpus));

    private ReclaimDecision Find(WorkloadTicket ticket, WorkloadQueues? at = null) => VictimSearch.Find(at ?? queues, nodes, ticket);

    private List<WorkloadTicket> Victims(WorkloadTicket ticket, WorkloadQueues? at = null) =>
        [.. Find(ticket, at).Victims.Select(victim => victim.Ticket)];
}
