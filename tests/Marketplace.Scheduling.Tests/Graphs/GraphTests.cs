using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests.Graphs;

public sealed class GraphTests
{
    private static readonly PlacementRequest CameraToModel = Request(
        new Role("camera", 1, [Cpu(1000)]) { Tiers = [SiteTier.Terminal] },
        new Role("model", 1, [Cards("H100", 1)]),
        new Role("archive", 1, [Cpu(4000)])
    ) with
    {
        Edges = [new RoleEdge("camera", "model", 100, 100_000, 10), new RoleEdge("model", "archive", 1, 10_000)],
    };

    [Fact]
    public void A_bound_draws_a_role_to_the_edge_and_leaves_the_others_where_they_are_cheap()
    {
        var placed = Place(ThreeTiers(edgeMs: 8), CameraToModel);
        Assert.Equal(["terminal", "edge", "cloud"], placed.Roles.Select(role => role.SiteId));
        Assert.Equal([8, 30], placed.Edges.Select(edge => edge.RoundTripMs));
        // Without the bound the model is cheapest in the cloud.
        var free = CameraToModel with
        {
            Edges = [CameraToModel.Edges[0] with { MaxRoundTripMs = null }, CameraToModel.Edges[1]],
        };
        Assert.Equal("cloud", Place(ThreeTiers(edgeMs: 8), free).Roles[1].SiteId);
    }

    [Fact]
    public void A_refusal_names_the_edge_its_bound_and_what_would_do()
    {
        var snapshot = ThreeTiers(edgeMs: 12);
        var refused = Assert.IsType<Refused>(Scheduler.Decide(snapshot, CameraToModel));
        Assert.Equal((RefusalCodes.EdgeLatency, RuleCodes.EdgeLatency, true), (refused.Code, refused.Rule, refused.NeverFits));
        Assert.Equal([new LatencyMiss("camera", "model", 10, 12)], refused.Explanation.LatencyMisses);
        var change = refused.Explanation.WouldFitIf[0];
        Assert.Equal("let the edge from camera to model take 12 ms instead of 10 ms", change.ToEnglish());
        Assert.Equal("edge", Place(snapshot, change.Request).Roles[1].SiteId);
        Assert.Contains(
            "The edge from camera to model tolerates 10 ms, which cannot be kept; 12 ms would do.",
            refused.Explanation.ToEnglish(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Roles_of_one_site_are_half_a_millisecond_apart_and_other_sites_of_the_region_two()
    {
        var builder = new SupplySnapshotBuilder();
        foreach (var s in new[] { 1, 2 })
        {
            builder.Add(Site($"s{s}")).Add(new Cluster($"c{s}", $"s{s}")).Add(Node($"n{s}", $"c{s}", cpuMilli: 2000));
            builder.Add(Offer($"o{s}", s * Yuan, $"c{s}", null));
        }

        var small = Request(new Role("a", 1, [Cpu(1000)]), new Role("b", 1, [Cpu(1000)])) with
        {
            Edges = [new RoleEdge("a", "b", 1, 1, RoleEdge.SameSiteMs)],
        };
        Assert.Equal(RoleEdge.SameSiteMs, Assert.Single(Place(builder.Build(), small).Edges).RoundTripMs);
        var large = small with { Roles = [small.Roles[0], new Role("b", 1, [Cpu(2000)])] };
        Assert.Equal(RefusalCodes.EdgeLatency, Assert.IsType<Refused>(Scheduler.Decide(builder.Build(), large)).Code);
        var loose = large with { Edges = [large.Edges[0] with { MaxRoundTripMs = RoleEdge.SameRegionMs }] };
        Assert.Equal(RoleEdge.SameRegionMs, Assert.Single(Place(builder.Build(), loose).Edges).RoundTripMs);
    }

    [Fact]
    public void A_distance_nobody_measured_fails_every_bound_and_says_so()
    {
        var refused = Assert.IsType<Refused>(Scheduler.Decide(ThreeTiers(edgeMs: null), CameraToModel));
        // The cloud is 40 ms away and measured, the edge is not.
        Assert.Equal([new LatencyMiss("camera", "model", 10, 40)], refused.Explanation.LatencyMisses);
    }

    [Fact]
    public void Traffic_is_paid_by_what_is_called_and_not_part_of_the_price_of_the_offers()
    {
        var placed = Place(ThreeTiers(edgeMs: 8, pricePerGib: 100_000), CameraToModel);
        // 100 calls a second of 100,000 bytes are 33.527612686157227 GiB an hour; the archive's 10,000 bytes a second 0.0335.
        Assert.Equal([3_352_762, 0], placed.Edges.Select(edge => edge.TrafficPerHour));
        Assert.Equal(3_352_762, placed.TrafficPerHour);
        Assert.Equal(placed.Roles.Sum(role => role.PricePerHour), placed.PricePerHour);
        Assert.Null(placed.TotalCost);
        var planned = Place(ThreeTiers(edgeMs: 8, pricePerGib: 100_000), CameraToModel with { Hours = 10 });
        Assert.Equal(10 * (placed.PricePerHour + 3_352_762), planned.TotalCost);
    }

    [Fact]
    public void Dear_traffic_draws_roles_together()
    {
        var free = CameraToModel with { Edges = [new RoleEdge("model", "archive", 1000, 1_000_000)] };
        Assert.Equal("cloud", Place(ThreeTiers(edgeMs: 8), free).Roles[1].SiteId);
        var pinned = free with { Roles = [free.Roles[0], free.Roles[1], free.Roles[2] with { SiteIds = ["edge"] }] };
        Assert.Equal("cloud", Place(ThreeTiers(edgeMs: 8), pinned).Roles[1].SiteId);
        var builder = ThreeTiersBuilder(8).Add(new EgressPrice("cloud", "edge", 100_000, "CNY"));
        Assert.Equal("edge", Place(builder.Build(), pinned).Roles[1].SiteId);
    }

    [Fact]
    public void Data_stays_in_its_country_and_what_lies_far_counts_in_the_price_of_work()
    {
        var builder = new SupplySnapshotBuilder().Add(new EgressPrice("cn", "sg", Yuan, "CNY"));
        foreach (var (region, country, price) in new[] { ("cn", "CN", 3), ("sg", "SG", 2) })
        {
            builder.Add(Site(region, region, country)).Add(new Cluster("c-" + region, region)).Add(Node("n-" + region, "c-" + region, 8));
            builder.Add(Offer("o-" + region, price * Yuan, "c-" + region));
        }

        var data = new DataSet
        {
            Name = "corpus",
            Region = "cn",
            Gib = 20,
        };
        var role = Role(1, Cards("H100", 1, throughput: 10));
        var snapshot = builder.Build();
        string OfferOf(PlacementRequest request) => Place(snapshot, request).Roles[0].OfferId!;
        Assert.Equal("o-sg", OfferOf(Request(role)));
        Assert.Equal("o-cn", OfferOf(Request(role with { Data = [data with { StaysInCountry = "CN" }] })));
        // Twenty yuan of moving over 10 hours are 2 yuan an hour, over 100 hours 0.2.
        var read = Request(role with { Data = [data] });
        Assert.Equal("o-sg", OfferOf(read));
        Assert.Equal("o-cn", OfferOf(read with { Hours = 10 }));
        Assert.Equal("o-sg", OfferOf(read with { Hours = 100 }));
        var placed = Place(snapshot, read with { Hours = 100 });
        Assert.Equal((20 * Yuan, 220 * Yuan), (placed.DataPrice, placed.TotalCost));
        // 2.2 yuan an hour over 36,000 units.
        Assert.Equal(61.111111m, placed.Roles[0].PricePerUnit);
        var refused = Assert.IsType<Refused>(
            Scheduler.Decide(snapshot, Request(role with { Data = [data with { StaysInCountry = "DE" }] }))
        );
        Assert.Equal((RuleCodes.Residency, true), (refused.Rule, refused.NeverFits));
        Assert.Contains(refused.Explanation.WouldFitIf, change => change.ToEnglish() == "drop the constraint on the country of the data");
    }

    [Fact]
    public void Roles_that_share_a_cluster_share_a_site()
    {
        var together = CameraToModel with
        {
            Roles = [CameraToModel.Roles[0] with { Tiers = [] }, CameraToModel.Roles[1], CameraToModel.Roles[2]],
            Constraints = new() { Together = TopologyLevel.Cluster },
        };
        var placed = Place(ThreeTiers(edgeMs: null), together);
        Assert.Single(placed.Roles.Select(role => role.ClusterId).Distinct());
        Assert.All(placed.Edges, edge => Assert.Equal(RoleEdge.SameSiteMs, edge.RoundTripMs));
        placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster([Node("n", cards: 1)], together with { Constraints = new() }));
        Assert.All(placed.Edges, edge => Assert.Equal(RoleEdge.SameSiteMs, edge.RoundTripMs));
    }

    [Fact]
    public void Thirty_services_over_five_hundred_sites_stay_within_the_bounds_on_steps_and_memory()
    {
        var (snapshot, request) = Large();
        var placed = Place(snapshot, request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.All(
            Place(snapshot, request).Edges.Zip(request.Edges),
            pair => Assert.True(pair.First.RoundTripMs <= pair.Second.MaxRoundTripMs)
        );
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 512L << 20);
        Assert.InRange(placed.Explanation.PlacementsTried, 1, GraphImprovement.MaxStarts * GraphImprovement.MaxSteps);
        using var open = new OpenGraph(snapshot, request);
        Assert.All(open.Problem!.Candidates, list => Assert.Equal(GraphProblem.MaxCandidates, list.Length));
        Assert.All(open.Problem.Site, sites => Assert.Equal(500, sites.Distinct().Count()));
        var improvement = new GraphImprovement(open.Problem, open.Draft());
        improvement.Build();
        improvement.Improve();
        Assert.InRange(improvement.Steps, 1, GraphImprovement.MaxSteps + 100);
    }

    [Fact]
    public void Where_the_greedy_order_leaves_a_role_without_a_place_the_improvement_finds_one()
    {
        // The cheap site has room for one of two roles that must share a site.
        var builder = new SupplySnapshotBuilder().Add(new RegionLatency("cheap", "dear", 50));
        foreach (var (name, cores, yuan) in new[] { ("cheap", 1, 1), ("dear", 2, 5) })
        {
            builder.Add(Site(name, name)).Add(new Cluster(name, name)).Add(Node("n-" + name, name, cpuMilli: 1000 * cores));
            builder.Add(Offer("o-" + name, yuan * Yuan, name, null));
        }

        var request = Request(new Role("a", 1, [Cpu(1000)]), new Role("b", 1, [Cpu(1000)])) with
        {
            Edges = [new RoleEdge("a", "b", 10, 1000, 1)],
        };
        using var open = new OpenGraph(builder.Build(), request);
        var draft = open.Draft();
        var improvement = new GraphImprovement(open.Problem!, draft);
        improvement.Build();
        Assert.Equal(1, draft.Unplaced);
        improvement.Improve();
        Assert.Equal(0, draft.Unplaced);
        Assert.Equal(["dear", "dear"], Place(builder.Build(), request).Roles.Select(role => role.SiteId));
    }

    [Fact]
    public void A_large_graph_that_cannot_be_names_its_edges_with_few_proofs()
    {
        var (snapshot, request) = Large();
        // Nothing of region 0 is within 2 ms of region 1.
        var roles = request.Roles.ToList();
        roles[3] = roles[3] with { SiteIds = ["s0", "s40"] };
        roles[4] = roles[4] with { SiteIds = ["s1", "s41"] };
        var impossible = request with { Roles = roles, Edges = [.. request.Edges, new RoleEdge("r4", "r3", 1, 1, 2)] };
        var refused = Assert.IsType<Refused>(Scheduler.Decide(snapshot, impossible));
        Assert.Equal(RefusalCodes.EdgeLatency, refused.Code);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(("r4", "r3"), Assert.Single(refused.Explanation.LatencyMisses) is var miss ? (miss.From, miss.To) : default);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1L << 30);
    }

    [Fact]
    public void A_gang_of_ten_thousand_replicas_in_a_graph_takes_memory_by_its_size()
    {
        var builder = OneCluster().AddRange(Enumerable.Range(0, 1250).Select(n => Node($"n{n}", cards: 8)));
        var snapshot = builder.Add(Offer("gpu", Yuan, cards: 10_000)).Add(Offer("cpu", Yuan, model: null)).Build();
        var request = Request(new Role("workers", 10_000, [Cards("H100", 1)]), new Role("server", 1, [Cpu(1000)])) with
        {
            Edges = [new RoleEdge("workers", "server", 1000, 1000, 1)],
        };
        Place(snapshot, request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(10_000, Place(snapshot, request).Roles[0].Replicas.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1024 * 10_000);
        var larger = request with { Roles = [request.Roles[0] with { Replicas = 10_001 }, request.Roles[1]] };
        Assert.True(Assert.IsType<Refused>(Scheduler.Decide(snapshot, larger)).NeverFits);
    }

    [Fact]
    public void A_trial_takes_a_graph_and_gives_it_back()
    {
        using var trial = Scheduler.BeginTrial(ThreeTiers(edgeMs: 8));
        var mark = trial.Mark;
        Assert.True(trial.Place(CameraToModel).IsPlaced);
        Assert.True(trial.Place(CameraToModel with { Id = "second" }).IsPlaced);
        // The edge room has two cards.
        var third = Assert.IsType<Refused>(trial.Place(CameraToModel with { Id = "third" }));
        Assert.Equal((RefusalCodes.EdgeLatency, false), (third.Code, third.NeverFits));
        Assert.Equal([new LatencyMiss("camera", "model", 10, 40)], third.Explanation.LatencyMisses);
        trial.RollbackTo(mark);
        Assert.True(trial.Place(CameraToModel with { Id = "fourth" }).IsPlaced);
    }

    private static (SupplySnapshot Snapshot, PlacementRequest Request) Large()
    {
        var random = new Random(3);
        var builder = new SupplySnapshotBuilder();
        for (var s = 0; s < 500; s++)
        {
            builder.Add(Site($"s{s}", $"r{s % 40}")).Add(new Cluster($"c{s}", $"s{s}")).Add(Node($"n{s}", $"c{s}", cpuMilli: 8000));
            builder.AddRange([Offer($"a{s}", random.Next(1, 900) * 10_000L, $"c{s}", null), Offer($"b{s}", Yuan, $"c{s}", null)]);
        }

        for (var from = 0; from < 40; from++)
        {
            for (var to = from + 1; to < 40; to++)
            {
                builder.Add(new RegionLatency($"r{from}", $"r{to}", random.Next(3, 90)));
            }
        }

        var snapshot = builder.Build();
        var request = Request([.. Enumerable.Range(0, 30).Select(r => new Role($"r{r}", 1, [Cpu(2000)]))]) with
        {
            Edges = [.. Enumerable.Range(1, 29).Select(r => new RoleEdge($"r{random.Next(r)}", $"r{r}", 50, 20_000, random.Next(5, 40)))],
        };
        return (snapshot, request);
    }

    private static Placed Place(SupplySnapshot snapshot, PlacementRequest request)
    {
        var decision = Scheduler.Decide(snapshot, request);
        Assert.True(decision.IsPlaced, decision.Explanation.ToEnglish());
        return (Placed)decision;
    }

    private static SupplySnapshot ThreeTiers(double? edgeMs, long pricePerGib = 0) =>
        ThreeTiersBuilder(edgeMs).Add(new EgressPrice("terminal", "edge", pricePerGib, "CNY")).Build();

    /// <summary>A terminal with processors, an edge room and a cloud; the farther away, the cheaper.</summary>
    private static SupplySnapshotBuilder ThreeTiersBuilder(double? edgeMs)
    {
        var builder = new SupplySnapshotBuilder();
        builder.Add(new RegionLatency("terminal", "cloud", 40)).Add(new RegionLatency("edge", "cloud", 30));
        if (edgeMs is { } ms)
        {
            builder.Add(new RegionLatency("terminal", "edge", ms));
        }

        foreach (
            var (name, tier, cards, yuan) in new[]
            {
                ("terminal", SiteTier.Terminal, 0, 9),
                ("edge", SiteTier.Edge, 2, 6),
                ("cloud", SiteTier.Cloud, 8, 2),
            }
        )
        {
            builder.Add(Site(name, name, tier: tier)).Add(new Cluster(name, name)).Add(Node("n-" + name, name, cards));
            builder.Add(Offer("cpu-" + name, yuan * Yuan / 10, name, null));
            if (cards > 0)
            {
                builder.Add(Offer("gpu-" + name, yuan * Yuan, name));
            }
        }

        return builder;
    }
}
