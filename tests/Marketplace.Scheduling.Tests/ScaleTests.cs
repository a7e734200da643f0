using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

/// <summary>Large inputs stay inside the documented bounds. Work is counted, never timed.</summary>
public sealed class ScaleTests
{
    [Fact]
    public void A_gang_of_64_cards_on_a_thousand_nodes_sits_in_one_rack()
    {
        var nodes = Enumerable.Range(0, 1213).Select(n => Node($"n{n}", cards: 8) with { Rack = $"rack{n / 16}" });
        var snapshot = Snapshot(nodes, Offer("o", Yuan, cards: 9704));

        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(Role(64, Cards("H100", 1)))));

        Assert.Null(new PlacementCheck(snapshot).Add(Request(Role(64, Cards("H100", 1))), placed));
        Assert.Equal(8, placed.Roles[0].Replicas.Select(replica => replica.NodeId).Distinct().Count());
        Assert.Equal(1, placed.Explanation.PlacementsTried);
    }

    [Fact]
    public void The_first_of_ten_thousand_offers_is_found_with_a_handful_of_trials()
    {
        var random = new Random(7);
        var builder = new SupplySnapshotBuilder();
        for (var c = 0; c < 200; c++)
        {
            builder.Add(Site($"s{c}")).Add(new Cluster($"c{c}", $"s{c}")).Add(Node($"n{c}", $"c{c}", 8));
        }

        var offers = Enumerable.Range(0, 10_000).Select(o => Offer($"o{o}", random.Next(1, 1000) * Yuan, $"c{o % 200}")).ToList();
        var snapshot = builder.AddRange(offers).Build();

        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(Role(1, Cards("H100", 8)))));

        Assert.Equal(offers.MinBy(offer => offer.PricePerCardHour)!.Id, placed.Roles[0].OfferId);
        Assert.Equal(10_000, placed.Explanation.Funnel[^1].OffersAfter);
        Assert.InRange(placed.Explanation.PlacementsTried, 1, 25);
    }

    [Fact]
    public void A_candidate_that_only_the_placement_shows_to_be_best_is_still_found()
    {
        // Seven cheap offers spread the pair over two nodes; the eighth is a little dearer and keeps it on one.
        var builder = new SupplySnapshotBuilder();
        for (var c = 0; c < 8; c++)
        {
            builder.Add(Site($"s{c}")).Add(new Cluster($"c{c}", $"s{c}"));
            builder.AddRange(c < 7 ? [Node($"a{c}", $"c{c}", 1), Node($"b{c}", $"c{c}", 1)] : [Node("whole", "c7", 2)]);
            builder.Add(Offer($"o{c}", (c < 7 ? 100 : 101) * Yuan / 100, $"c{c}"));
        }

        var placed = Assert.IsType<Placed>(Scheduler.Decide(builder.Build(), Request(Role(2, Cards("H100", 1)))));
        Assert.Equal("o7", placed.Roles[0].OfferId);
        Assert.Equal("o7", placed.Explanation.Candidates[0].OfferId);
    }

    [Fact]
    public void A_gang_of_ten_thousand_replicas_is_placed_or_refused_whole()
    {
        var snapshot = Snapshot(Enumerable.Range(0, 1250).Select(n => Node($"n{n}", cards: 8)), Offer("o", Yuan, cards: 10_000));
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(Role(10_000, Cards("H100", 1)))));
        Assert.Equal(10_000, placed.Roles[0].Replicas.SelectMany(r => r.Devices.Select(d => (r.NodeId, d.DeviceId))).Distinct().Count());
        Assert.IsType<Refused>(Scheduler.Decide(snapshot, Request(Role(10_001, Cards("H100", 1)))));
    }

    [Fact]
    public void A_group_too_tangled_for_the_search_bound_says_so()
    {
        // Sixteen roles whose sizes add up to the space left, over nodes of nearly equal size: a bin-packing puzzle.
        var nodes = Enumerable.Range(0, 8).Select(n => Node($"n{n}", cpuMilli: 10_007 + n)).ToList();
        var roles = Enumerable.Range(0, 17).Select(r => new Role($"r{r}", 1, [Cpu(4703 + (r * 7))])).ToArray();
        var refused = Assert.IsType<Refused>(Scheduler.PlaceOnCluster(nodes, Request(roles)));
        Assert.Equal(RefusalCodes.SearchLimit, refused.Code);
        Assert.False(refused.NeverFits);
        Assert.InRange(refused.Explanation.PlacementsTried, 1, JointSearch.MaxSteps + GreedySearch.MaxTrials + 100);
    }

    [Fact]
    public void A_thousand_lines_of_one_shape_are_worked_out_once()
    {
        var columns = Snapshot([Node("n1", cards: 8)], Offer("o", Yuan)).Columns;
        var interner = new RequestInterner();
        var shapes = new ShapeCache(columns);
        var first = interner.Intern(
            Request(Role(1, Cards("H100", 1))) with
            {
                Id = "a",
                Constraints = new() { Countries = ["CN"] },
            }
        );
        var same = interner.Intern(
            Request(Role(5, Cards("H100", 1))) with
            {
                Id = "b",
                Constraints = new() { Countries = ["CN"] },
            }
        );
        var other = interner.Intern(
            Request(Role(5, Cards("H100", 1))) with
            {
                Id = "c",
                Constraints = new() { Countries = ["SG"] },
            }
        );
        Assert.Same(shapes.Of(first, first.Roles[0], null), shapes.Of(same, same.Roles[0], null));
        Assert.NotSame(shapes.Of(first, first.Roles[0], null), shapes.Of(other, other.Roles[0], null));
        Assert.NotSame(
            shapes.Of(first, first.Roles[0], null),
            shapes.Of(first with { Objective = Objective.Fastest }, first.Roles[0], null)
        );
    }
}
