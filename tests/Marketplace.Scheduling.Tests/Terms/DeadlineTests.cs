using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests.Terms;

public sealed class DeadlineTests
{
    private static readonly SupplySnapshot TwoChips = Snapshot(
        [Node("fast", cards: 8), Node("slow", cards: 8, model: "T4")],
        Offer("slow", Yuan / 10, model: "T4"),
        Offer("fast", 3 * Yuan)
    );

    /// <summary>36,000 tokens: 100 hours on a slow card, an hour on a fast one.</summary>
    private static readonly PlacementRequest Job = Request(Role(1, Cards("T4", 1, throughput: 0.1), Cards("H100", 1, throughput: 10))) with
    {
        Work = new WorkAmount(36_000, "tokens"),
    };

    [Fact]
    public void Work_that_is_known_has_hours_and_a_total_cost()
    {
        var placed = Assert.IsType<Placed>(Scheduler.Decide(TwoChips, Job));
        Assert.Equal(("fast", 1.0, 3 * Yuan), (placed.Roles[0].OfferId, placed.Hours, placed.TotalCost));
        var slow = Job with { Constraints = new() { DeviceModels = ["T4"] } };
        placed = Assert.IsType<Placed>(Scheduler.Decide(TwoChips, slow));
        Assert.Equal((100.0, 10 * Yuan), (placed.Hours, placed.TotalCost));
        Assert.Null(Assert.IsType<Placed>(Scheduler.Decide(TwoChips, Job with { Work = null })).TotalCost);
    }

    [Fact]
    public void Offers_that_cannot_finish_in_time_go_in_a_step_of_their_own_that_says_which_speed_would_do()
    {
        var cheap = TwoChipsCheapSlow();
        Assert.Equal("slow", Assert.IsType<Placed>(Scheduler.Decide(cheap, Job)).Roles[0].OfferId);
        var placed = Assert.IsType<Placed>(Scheduler.Decide(cheap, Job with { DeadlineHours = 2 }));
        Assert.Equal("fast", placed.Roles[0].OfferId);
        var step = Assert.Single(placed.Explanation.Funnel, step => step.Rule == RuleCodes.Deadline);
        Assert.Equal((2, 1), (step.OffersBefore, step.OffersAfter));
        Assert.Equal("do 5 tokens a second, which finishes within 2 h", step.ToEnglish());
    }

    [Fact]
    public void A_deadline_nobody_meets_is_refused_with_the_replicas_and_the_hours_that_would_do()
    {
        var refused = Assert.IsType<Refused>(Scheduler.Decide(TwoChips, Job with { DeadlineHours = 0.25 }));
        Assert.Equal((RefusalCodes.NoOfferMatches, RuleCodes.Deadline, true), (refused.Code, refused.Rule, refused.NeverFits));
        Assert.Equal(
            ["ask for 4 replicas of worker, which are fast enough", "let it take 1 h", "let it take 100 h"],
            refused.Explanation.WouldFitIf.Select(change => change.ToEnglish())
        );
        Assert.All(refused.Explanation.WouldFitIf, change => Assert.True(Scheduler.Decide(TwoChips, change.Request).IsPlaced));
    }

    [Fact]
    public void A_variant_of_unknown_speed_cannot_promise_a_deadline()
    {
        var unknown = Job with { Roles = [Role(1, Cards("T4", 1), Cards("H100", 1, throughput: 1))], DeadlineHours = 5 };
        Assert.Equal(RuleCodes.Deadline, Assert.IsType<Refused>(Scheduler.Decide(TwoChips, unknown)).Rule);
        // A role that does none of this work waits for no deadline.
        var beside = unknown with
        {
            Roles = [.. unknown.Roles, new Role("web", 1, [Cards("T4", 1)])],
            DeadlineHours = 10,
        };
        Assert.True(Scheduler.Decide(TwoChips, beside).IsPlaced);
    }

    [Fact]
    public void The_binder_of_a_cluster_keeps_the_deadline_too()
    {
        Node[] nodes = [Node("slow", cards: 8, model: "T4"), Node("fast", cards: 8)];
        var placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster(nodes, Job with { DeadlineHours = 2 }));
        Assert.Equal("fast", placed.Roles[0].Replicas[0].NodeId);
        Assert.IsType<Refused>(Scheduler.PlaceOnCluster(nodes, Job with { DeadlineHours = 0.5 }));
    }

    [Fact]
    public void It_fits_in_time_exactly_when_a_variant_that_is_fast_enough_does() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new Scenario(number);
                var random = new Random(number);
                var request = scenario.Request with
                {
                    Work = new WorkAmount(random.Next(1, 400_000), "steps"),
                    DeadlineHours = random.Next(1, 5),
                };
                if (RequestValidation.Check(request).Count > 0)
                {
                    return true;
                }

                var without = request with
                {
                    Work = null,
                    DeadlineHours = null,
                    Roles = [.. request.Roles.Select(role => role with { Variants = InTime(request, role) })],
                };
                var fits = without.Roles.All(role => role.Variants.Count > 0) && Oracle.Fits(scenario.Snapshot, without);
                var decision = Scheduler.Decide(scenario.Snapshot, request);
                return decision.IsPlaced == fits
                    && (decision is not Placed placed || placed.Hours <= request.DeadlineHours || placed.Hours is null)
                    && decision.Explanation.WouldFitIf.All(change => Scheduler.Decide(scenario.Snapshot, change.Request).IsPlaced);
            },
            600
        );

    /// <summary>The variants left when those too slow are crossed out; all of them where the work is not theirs.</summary>
    private static List<Variant> InTime(PlacementRequest request, Role role) =>
        role.Variants.All(variant => variant.Throughput is null)
            ? [.. role.Variants]
            :
            [
                .. role.Variants.Where(variant =>
                    variant.Throughput is { } each
                    && request.Work!.Units / (each * Math.Max(1, variant.CardsPerReplica) * role.Replicas * 3600) <= request.DeadlineHours
                ),
            ];

    private static SupplySnapshot TwoChipsCheapSlow() =>
        Snapshot(
            [Node("fast", cards: 8), Node("slow", cards: 8, model: "T4")],
            Offer("slow", Yuan / 100, model: "T4"),
            Offer("fast", 3 * Yuan)
        );
}
