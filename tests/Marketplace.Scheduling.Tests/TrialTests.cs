using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

public sealed class TrialTests
{
    private static readonly SupplySnapshot EightCards = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan, cards: 8));

    [Fact]
    public void Requests_of_a_group_see_what_the_ones_before_them_took()
    {
        var bulk = Scheduler.DecideBatch(EightCards, [Cards(5), Cards(4), Cards(3)], atomic: false);
        Assert.False(bulk.Complete);
        Assert.Equal([true, false, true], bulk.Decisions.Select(decision => decision.IsPlaced));
    }

    [Fact]
    public void An_atomic_group_is_all_or_nothing()
    {
        var bulk = Scheduler.DecideBatch(EightCards, [Cards(5), Cards(4), Cards(3)], atomic: true);
        Assert.False(bulk.Complete);
        Assert.Equal(
            [RefusalCodes.AtomicRollback, RefusalCodes.NoOfferMatches, RefusalCodes.AtomicRollback],
            bulk.Decisions.Select(decision => Assert.IsType<Refused>(decision).Code)
        );
        Assert.True(Scheduler.DecideBatch(EightCards, [Cards(5), Cards(3)], atomic: true).Complete);
    }

    [Fact]
    public void A_trial_goes_back_to_a_mark_and_leaves_the_snapshot_alone()
    {
        using (var trial = Scheduler.BeginTrial(EightCards))
        {
            Assert.True(trial.Place(Cards(5)).IsPlaced);
            var mark = trial.Mark;
            Assert.True(trial.PlaceOnCluster("c1", Cards(3)).IsPlaced);
            Assert.False(trial.Place(Cards(1)).IsPlaced);
            trial.RollbackTo(mark);
            Assert.True(trial.Place(Cards(3)).IsPlaced);
            Assert.Throws<ArgumentOutOfRangeException>(() => trial.RollbackTo(int.MaxValue));
        }

        Assert.True(Scheduler.Decide(EightCards, Cards(8)).IsPlaced);
    }

    [Fact]
    public void A_node_takes_no_more_pods_than_it_says_whatever_else_is_free()
    {
        var snapshot = Snapshot([Node("n1") with { FreePods = 2 }, Node("n2") with { FreePods = 0 }]);
        using var trial = Scheduler.BeginTrial(snapshot);
        Assert.IsType<Refused>(trial.PlaceOnCluster("c1", Small(3)));
        var mark = trial.Mark;
        var placed = Assert.IsType<Placed>(trial.PlaceOnCluster("c1", Small(2)));
        Assert.All(placed.Roles[0].Replicas, replica => Assert.Equal("n1", replica.NodeId));
        Assert.IsType<Refused>(trial.PlaceOnCluster("c1", Small(1)));
        trial.RollbackTo(mark);
        Assert.IsType<Placed>(trial.PlaceOnCluster("c1", Small(2)));
        var wrong = Assert.Single(
            new SupplySnapshotBuilder().Add(Node("n1") with { FreePods = -1 }).Check(),
            p => p.Field.EndsWith("freePods", StringComparison.Ordinal)
        );
        Assert.Equal("nodes[0].freePods", wrong.Field);

        static PlacementRequest Small(int replicas) => Request(Role(replicas, Cpu(10)));
    }

    [Fact]
    public void A_disposed_trial_says_so()
    {
        var trial = Scheduler.BeginTrial(EightCards);
        trial.Dispose();
        trial.Dispose();
        Assert.Throws<ObjectDisposedException>(() => trial.Place(Cards(1)));
    }

    [Fact]
    public void Decisions_run_side_by_side_on_one_snapshot()
    {
        var decisions = new Decision[64];
        Parallel.For(0, decisions.Length, i => decisions[i] = Scheduler.Decide(EightCards, Cards(1 + (i % 8))));
        Assert.All(decisions, decision => Assert.True(decision.IsPlaced));
    }

    [Fact]
    public void An_unknown_cluster_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => Scheduler.PlaceOnCluster(EightCards, "c9", Cards(1)));

    private static PlacementRequest Cards(int replicas) => Request(Role(replicas, Supply.Cards("H100", 1)));
}
