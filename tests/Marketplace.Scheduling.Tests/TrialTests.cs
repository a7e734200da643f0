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
