using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

/// <summary>Requests decided together: arrival order, the market where it places more, and what is said about it.</summary>
public sealed class BatchTests
{
    private static readonly Variant H100 = Cards("H100", 1);

    /// <summary>One cheap card, and one dear card in another country.</summary>
    private static SupplySnapshot CheapAndDear(int each = 1) =>
        OneCluster()
            .Add(Site("s2", "sg", "SG"))
            .Add(new Cluster("c2", "s2"))
            .AddRange([Node("n1", cards: each), Node("n2", "c2", cards: each)])
            .AddRange([Offer("cheap", Yuan, cards: each), Offer("dear", 2 * Yuan, "c2", cards: each)])
            .Build();

    private static PlacementRequest Line(string id, params string[] countries) =>
        Request(Role(1, H100)) with
        {
            Id = id,
            Constraints = new Constraints { Countries = countries },
        };

    [Fact]
    public void With_room_for_all_it_is_arrival_order()
    {
        var batch = Scheduler.DecideBatch(CheapAndDear(), [Line("a", "CN"), Line("b")], atomic: false);
        Assert.Equal((BatchOrder.Arrival, 2, 2, 2), (batch.Order, batch.Placed, batch.PlacedByArrival, batch.AtMost));
        Assert.Equal(["cheap", "dear"], OfferOf(batch));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_line_that_can_go_elsewhere_leaves_its_place_to_one_that_cannot(bool atomic)
    {
        PlacementRequest[] lines = [Line("picky-less"), Line("bound", "CN")];
        var batch = Scheduler.DecideBatch(CheapAndDear(), lines, atomic);
        Assert.True(batch.Complete);
        Assert.Equal((BatchOrder.Market, 2, 1, 2), (batch.Order, batch.Placed, batch.PlacedByArrival, batch.AtMost));
        Assert.Equal(["dear", "cheap"], OfferOf(batch));
        Assert.Equal(["picky-less", "bound"], batch.Decisions.Select(decision => decision.RequestId));
    }

    [Fact]
    public void The_explanation_says_that_the_market_chose_and_among_how_many()
    {
        var batch = Scheduler.DecideBatch(CheapAndDear(), [Line("free"), Line("bound", "CN")], atomic: false);
        var step = Assert.Single(batch.Decisions[0].Explanation.Funnel, step => step.Rule == RuleCodes.BatchMarket);
        Assert.Equal((2, 1, 2L, 1L), (step.OffersBefore, step.OffersAfter, step.CardsBefore, step.CardsAfter));
        Assert.Contains("leave the most room for the other requests", batch.Decisions[0].Explanation.ToEnglish(), StringComparison.Ordinal);
        Assert.Equal("dear", Assert.Single(batch.Decisions[0].Explanation.Candidates).OfferId);
    }

    [Fact]
    public void When_nothing_more_can_be_placed_arrival_order_stands_and_the_bound_proves_it()
    {
        var lines = Enumerable.Range(0, 9).Select(n => Line($"l{n}")).ToList();
        var batch = Scheduler.DecideBatch(CheapAndDear(2), lines, atomic: false);
        Assert.Equal((BatchOrder.Arrival, 4, 4, 4), (batch.Order, batch.Placed, batch.PlacedByArrival, batch.AtMost));
        Assert.Equal(["l4", "l5", "l6", "l7", "l8"], batch.Decisions.OfType<Refused>().Select(refused => refused.RequestId));
        Assert.All(batch.Decisions.OfType<Refused>(), refused => Assert.False(refused.NeverFits));
    }

    [Fact]
    public void A_line_that_fits_nowhere_is_no_reason_to_look_again()
    {
        var batch = Scheduler.DecideBatch(CheapAndDear(), [Line("free"), Line("nowhere", "FR")], atomic: false);
        Assert.Equal((BatchOrder.Arrival, 1, 1, 1), (batch.Order, batch.Placed, batch.PlacedByArrival, batch.AtMost));
        Assert.Equal(RuleCodes.Country, Assert.IsType<Refused>(batch.Decisions[1]).Rule);
    }

    [Fact]
    public void Two_offers_of_the_same_cards_are_not_two_cards()
    {
        // The operator sells the same two cards as the center; only the dear offer is in SG.
        var supply = OneCluster()
            .AddRange([Node("n1", cards: 2)])
            .AddRange([Offer("center", Yuan, cards: 2), Offer("operator", 2 * Yuan, cards: 2)])
            .Build();
        var batch = Scheduler.DecideBatch(supply, [Line("a"), Line("b"), Line("c")], atomic: false);
        Assert.Equal((2, 2), (batch.Placed, batch.AtMost));
        Assert.Equal(["center", "center"], OfferOf(batch));
    }

    [Fact]
    public void Large_lines_go_first_because_small_ones_fit_beside_them()
    {
        // Small lines need many processors, so two of them break up both nodes; the large one needs the cards of a whole node.
        var supply = Snapshot([Node("n1", cards: 4, cpuMilli: 6000), Node("n2", cards: 4, cpuMilli: 6000)], Offer("a", Yuan, cards: 8));
        var small = Request(Role(1, Cards("H100", 1) with { CpuMilli = 3500 }));
        var large = Request(Role(1, Cards("H100", 4)));
        var batch = Scheduler.DecideBatch(supply, [small, small with { Id = "r2" }, large with { Id = "r3" }], atomic: false);
        Assert.Equal((BatchOrder.Market, 2, 3), (batch.Order, batch.Placed, batch.AtMost));
        Assert.Equal([true, false, true], batch.Decisions.Select(decision => decision.IsPlaced));
    }

    [Fact]
    public void One_line_more_outweighs_any_price()
    {
        var supply = OneCluster()
            .Add(Site("s2", "sg", "SG"))
            .Add(new Cluster("c2", "s2"))
            .AddRange([Node("n1", cards: 3), Node("n2", "c2", cards: 3)])
            .AddRange([Offer("cheap", 1, cards: 3), Offer("dear", 100_000 * Yuan, "c2", cards: 3)])
            .Build();
        PlacementRequest[] lines = [.. Enumerable.Range(0, 3).Select(n => Line($"free{n}")), Line("bound", "CN")];
        var batch = Scheduler.DecideBatch(supply, lines, atomic: false);
        Assert.Equal((BatchOrder.Market, 4, 3), (batch.Order, batch.Placed, batch.PlacedByArrival));
        Assert.Single(OfferOf(batch), "dear");
    }

    [Fact]
    public void Own_capacity_goes_before_bought_capacity_in_the_market_too()
    {
        var supply = OneCluster()
            .Add(Site("s2", "sg", "SG"))
            .Add(new Cluster("c2", "s2"))
            .AddRange([Node("n1", cards: 2), Node("n2", "c2", cards: 2)])
            .AddRange([Offer("own", 9 * Yuan, cards: 2), Offer("bought", Yuan, "c2", cards: 2) with { Precedence = 1 }])
            .Build();
        var batch = Scheduler.DecideBatch(supply, [Line("a"), Line("b"), Line("bound", "CN")], atomic: false);
        Assert.Equal(BatchOrder.Market, batch.Order);
        Assert.Equal(["bought", "own", "own"], OfferOf(batch).Order());
    }

    [Fact]
    public void Requests_of_several_roles_are_placed_between_the_matched_ones()
    {
        var pair = new PlacementRequest
        {
            Id = "pair",
            Roles = [new Role("one", 1, [H100]), new Role("two", 1, [H100])],
            Constraints = new Constraints { Countries = ["CN"] },
        };
        var batch = Scheduler.DecideBatch(CheapAndDear(2), [Line("a"), pair], atomic: true);
        Assert.Equal((BatchOrder.Market, true), (batch.Order, batch.Complete));
        Assert.Equal("dear", OfferOf(batch)[0]);
    }

    [Fact]
    public void An_atomic_batch_that_no_way_places_names_the_line_that_broke_it()
    {
        var batch = Scheduler.DecideBatch(CheapAndDear(), [Line("a"), Line("b", "CN"), Line("c")], atomic: true);
        Assert.False(batch.Complete);
        Assert.Equal(
            [RefusalCodes.AtomicRollback, RefusalCodes.NoOfferMatches, RefusalCodes.AtomicRollback],
            batch.Decisions.Select(decision => Assert.IsType<Refused>(decision).Code)
        );
        Assert.Equal(2, batch.AtMost);
    }

    [Fact]
    public void A_wrong_request_is_refused_for_what_is_wrong_and_harms_nobody()
    {
        var wrong = Request(Role(0, H100)) with { Id = "wrong" };
        var batch = Scheduler.DecideBatch(CheapAndDear(), [wrong, Line("free"), Line("bound", "CN")], atomic: false);
        Assert.Equal(RefusalCodes.InvalidRequest, Assert.IsType<Refused>(batch.Decisions[0]).Code);
        Assert.Equal((BatchOrder.Market, 2, 2), (batch.Order, batch.Placed, batch.AtMost));
    }

    private static List<string> OfferOf(BatchDecision batch) => [.. batch.Decisions.OfType<Placed>().Select(p => p.Roles[0].OfferId!)];
}
