using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>What cannot be is refused by the name of the field, with the way out.</summary>
public sealed class QueueInputTests
{
    [Theory]
    [InlineData(-1L, null, null, "queues[1].quota[gpu].nominal")]
    [InlineData(long.MaxValue, null, null, "queues[1].quota[gpu].nominal")]
    [InlineData(1L, -1L, null, "queues[1].quota[gpu].borrowingLimit")]
    [InlineData(1L, long.MaxValue, null, "queues[1].quota[gpu].borrowingLimit")]
    [InlineData(1L, null, -1L, "queues[1].quota[gpu].lendingLimit")]
    public void A_quota_that_cannot_be(long nominal, long? borrowing, long? lending, string field)
    {
        var quota = new ResourceQuota(nominal, borrowing, lending);
        Assert.Equal(field, Refused(Cohort("root"), Queue("q", "root", quota)).Field);
        var queues = Queues(Cohort("root"), Queue("q", "root"));
        var refused = Assert.Throws<InvalidSupplyException>(() => queues.SetQuota(1, 0, quota));
        Assert.Equal(field, Assert.Single(refused.Problems).Field);
        Assert.Equal(new ResourceQuota(4), queues.Tree.QuotaOf(1, 0));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e300)]
    public void A_weight_that_cannot_be(double weight) =>
        Assert.Equal("queues[0].weight", Refused(Queue("q", null) with { Weight = weight }).Field);

    [Fact]
    public void A_root_with_limits() =>
        Assert.Equal("limit-on-root", Refused(Queue("q", null, new ResourceQuota(1, BorrowingLimit: 1))).Code);

    [Fact]
    public void An_unknown_parent()
    {
        var problem = Refused(Queue("q", "nobody"));
        Assert.Equal(("unknown-id", "queues[0].parent"), (problem.Code, problem.Field));
        Assert.Contains("nobody", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_names_all_its_queues()
    {
        var refused = Assert.Throws<InvalidSupplyException>(() =>
            new QueueTree(["gpu"], [Queue("a", "b"), Queue("b", "a"), Queue("self", "self"), Queue("below", "a")])
        );
        Assert.Equal(
            ["queues[0].parent cycle", "queues[1].parent cycle", "queues[2].parent cycle", "queues[3].parent too-deep"],
            refused.Problems.Select(problem => $"{problem.Field} {problem.Code}")
        );
    }

    [Fact]
    public void A_name_used_twice_and_a_resource_that_is_not_there()
    {
        Assert.Equal("queues[1].name", Refused(Queue("q", null), Queue("q", null)).Field);
        var other = new QueueSpec("q", null, new Dictionary<string, ResourceQuota> { ["npu"] = new(1) });
        Assert.Equal("queues[0].quota[npu]", Refused(other).Field);
        Assert.Equal(
            "resources[1]",
            Assert.Single(Assert.Throws<InvalidSupplyException>(() => new QueueTree(["gpu", "gpu"], [Queue("q", null)])).Problems).Field
        );
        Assert.Throws<InvalidSupplyException>(() => new QueueTree(["gpu"], []));
    }

    [Theory]
    [InlineData(0, 1L, "pods")]
    [InlineData(-3, 1L, "pods")]
    [InlineData(1, -1L, "perPod[0]")]
    [InlineData(1, long.MaxValue, "perPod[0]")]
    [InlineData(100_000, QueueBounds.MaxAmount / 1000, "perPod[0]")]
    public void A_shape_that_cannot_be(int pods, long gpu, string field) =>
        Assert.Equal(field, Assert.Single(Assert.Throws<InvalidSupplyException>(() => new WorkloadShape(pods, gpu)).Problems).Field);

    [Fact]
    public void A_workload_for_a_cohort_or_for_nobody_or_of_other_resources()
    {
        var queues = Queues(Cohort("root"), Queue("q", "root"));
        var shape = new WorkloadShape(1, 1);
        Assert.Equal("cohort", Problem(() => queues.Submit(0, shape)).Code);
        Assert.Equal("queue", Problem(() => queues.Submit(7, shape)).Field);
        Assert.Equal("queue", Problem(() => queues.Submit(-1, shape)).Field);
        Assert.Equal("shape.perPod.count", Problem(() => queues.Submit(1, new WorkloadShape(1, 1, 1))).Field);
        Assert.Equal("contractClass", Problem(() => queues.Submit(1, shape, 0, (ContractClass)9)).Field);
        Assert.Equal(0, queues.Count);
    }

    [Fact]
    public void A_ticket_is_good_for_one_life()
    {
        var queues = Queues(Queue("q", null));
        var ticket = queues.Submit(0, new WorkloadShape(1, 1));
        Assert.Throws<InvalidOperationException>(() => queues.Finish(ticket));
        Assert.True(queues.AdmitNow(ticket));
        Assert.Throws<InvalidOperationException>(() => queues.Withdraw(ticket));
        queues.Finish(ticket);
        Assert.Throws<InvalidOperationException>(() => queues.Finish(ticket));
        var next = queues.Submit(0, new WorkloadShape(1, 1));
        Assert.Equal(ticket.Slot, next.Slot);
        Assert.Throws<InvalidOperationException>(() => queues.Withdraw(ticket));
        Assert.Throws<InvalidOperationException>(() => queues.Explain(default));
    }

    [Fact]
    public void An_unknown_discipline_is_refused_with_the_known_ones() =>
        Assert.Contains(
            "fair-share",
            Assert.Throws<ArgumentException>(() => new WorkloadQueues(new QueueTree(["gpu"], [Queue("q", null)]), "lifo")).Message,
            StringComparison.Ordinal
        );

    private static QueueSpec Cohort(string name) => new(name, null, new Dictionary<string, ResourceQuota>());

    private static QueueSpec Queue(string name, string? parent, ResourceQuota? quota = null) =>
        new(name, parent, new Dictionary<string, ResourceQuota> { ["gpu"] = quota ?? new(4) });

    private static WorkloadQueues Queues(params QueueSpec[] specs) => new(new QueueTree(["gpu"], specs), QueueDisciplines.Fifo);

    private static InputProblem Refused(params QueueSpec[] specs) => Problem(() => new QueueTree(["gpu"], specs));

    private static InputProblem Problem(Func<object> act) => Assert.Single(Assert.Throws<InvalidSupplyException>(act).Problems);
}
