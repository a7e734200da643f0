using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>The disciplines by the examples of their sources.</summary>
public sealed class DisciplineTests
{
    [Fact]
    public void Fair_share_gives_what_the_example_of_the_paper_gives()
    {
        // Ghodsi et al., NSDI 2011, section 4.1: 9 CPU and 18 GB; A asks for <1 CPU, 4 GB>, B for <3 CPU, 1 GB>: three tasks and two.
        var queues = Queues(QueueDisciplines.FairShare, ["cpu", "memory"], [9, 18], ("a", 1, [0, 0]), ("b", 1, [0, 0]));
        Submit(queues, "a", 9, 1, 4);
        Submit(queues, "b", 9, 3, 1);
        queues.Admit(new List<WorkloadTicket>());
        Assert.Equal((3, 12), (queues.Tree.Held(1, 0), queues.Tree.Held(1, 1)));
        Assert.Equal((6, 2), (queues.Tree.Held(2, 0), queues.Tree.Held(2, 1)));
    }

    [Fact]
    public void Twice_the_weight_is_twice_the_share()
    {
        var queues = Queues(QueueDisciplines.FairShare, ["gpu"], [12], ("a", 2, [0]), ("b", 1, [0]));
        Submit(queues, "a", 20, 1);
        Submit(queues, "b", 20, 1);
        queues.Admit(new List<WorkloadTicket>());
        Assert.Equal((8, 4), (queues.Tree.Held(1, 0), queues.Tree.Held(2, 0)));
    }

    [Fact]
    public void Capacity_serves_guarantees_before_anybody_borrows_and_then_lends_the_rest()
    {
        var queues = Queues(QueueDisciplines.Capacity, ["gpu"], [0], ("large", 1, [6]), ("small", 1, [2]), ("none", 1, [0]));
        Submit(queues, "none", 9, 1);
        Submit(queues, "small", 9, 1);
        Submit(queues, "large", 5, 1);
        queues.Admit(new List<WorkloadTicket>());
        Assert.Equal((5, 3, 0), (queues.Tree.Held(1, 0), queues.Tree.Held(2, 0), queues.Tree.Held(3, 0)));
    }

    [Fact]
    public void Fifo_goes_by_priority_then_arrival_over_all_queues_and_passes_by_what_does_not_fit()
    {
        var queues = Queues(QueueDisciplines.Fifo, ["gpu"], [8], ("a", 1, [0]), ("b", 1, [0]));
        var first = queues.Submit(1, new WorkloadShape(1, 3));
        var gang = queues.Submit(2, new WorkloadShape(3, 2), priority: 1);
        var small = queues.Submit(1, new WorkloadShape(2, 1));
        var admitted = new List<WorkloadTicket>();
        queues.Admit(admitted);
        Assert.Equal([gang, small], admitted);
        Assert.False(queues[first].Running);
    }

    [Fact]
    public void A_gang_starts_with_all_its_pods_or_none()
    {
        var queues = Queues(QueueDisciplines.Fifo, ["gpu"], [7], ("a", 1, [0]));
        var gang = queues.Submit(1, new WorkloadShape(4, 2));
        Assert.Equal(0, queues.Admit(new List<WorkloadTicket>()));
        Assert.Equal(0, queues.Tree.Held(1, 0));
        queues.SetQuota(0, 0, new ResourceQuota(8));
        Assert.Equal(1, queues.Admit(new List<WorkloadTicket>()));
        Assert.Equal(8, queues.Tree.Held(1, 0));
        Assert.True(queues[gang].Running);
    }

    private static WorkloadQueues Queues(
        string discipline,
        string[] resources,
        long[] shared,
        params (string Name, double Weight, long[] Own)[] queues
    ) =>
        new(
            new QueueTree(
                resources,
                [
                    new("root", null, Quota(resources, shared)),
                    .. queues.Select(each => new QueueSpec(each.Name, "root", Quota(resources, each.Own), each.Weight)),
                ]
            ),
            discipline
        );

    private static Dictionary<string, ResourceQuota> Quota(string[] resources, long[] amounts) =>
        resources.Zip(amounts).ToDictionary(each => each.First, each => new ResourceQuota(each.Second));

    private static void Submit(WorkloadQueues queues, string queue, int count, params long[] perPod)
    {
        for (var i = 0; i < count; i++)
        {
            queues.Submit(queues.Tree[queue], new WorkloadShape(1, perPod));
        }
    }
}
