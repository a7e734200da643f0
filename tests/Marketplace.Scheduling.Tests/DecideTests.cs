using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

public sealed class DecideTests
{
    [Fact]
    public void A_gang_takes_the_cheaper_offer_and_as_few_nodes_as_possible()
    {
        var nodes = Enumerable.Range(0, 12).Select(n => Node($"n{n}", cards: 8));
        var snapshot = Snapshot(nodes, Offer("dear", 3 * Yuan, cards: 96), Offer("cheap", 2 * Yuan, cards: 96));

        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(Role(64, Cards("H100", 1)))));

        var role = Assert.Single(placed.Roles);
        Assert.Equal("cheap", role.OfferId);
        Assert.Equal(64, role.Replicas.Count);
        Assert.Equal(8, role.Replicas.Select(replica => replica.NodeId).Distinct().Count());
        Assert.Equal(64_000, role.CardMilli);
        Assert.Equal(128 * Yuan, placed.PricePerHour);
        Assert.Equal("CNY", placed.Currency);
    }

    [Fact]
    public void The_cheapest_work_is_not_the_cheapest_hour()
    {
        var snapshot = Snapshot(
            [Node("fast", cards: 4), Node("slow", cards: 4, model: "T4")],
            Offer("slow", Yuan, model: "T4"),
            Offer("fast", 3 * Yuan)
        );
        var request = Request(Role(2, Cards("T4", 1, throughput: 100), Cards("H100", 1, throughput: 1000)));

        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));

        Assert.Equal("fast", placed.Roles[0].OfferId);
        Assert.Equal(2000, placed.Roles[0].UnitsPerSecond);
        // 6 CNY an hour over 7.2 million tokens.
        Assert.Equal(0.833333m, placed.Roles[0].PricePerUnit);
    }

    [Fact]
    public void Own_capacity_goes_first_whatever_the_price()
    {
        var own = Offer("own", 9 * Yuan) with { Precedence = 0 };
        var bought = Offer("bought", Yuan) with { Precedence = 1 };
        var snapshot = Snapshot([Node("n1", cards: 8)], bought, own);

        Assert.Equal("own", Placed(snapshot, Request(Role(1, Cards("H100", 4)))).Roles[0].OfferId);
        Assert.Equal(
            "bought",
            Placed(Snapshot([Node("n1", cards: 8)], bought, own with { AvailableCards = 2 }), Request(Role(1, Cards("H100", 4))))
                .Roles[0]
                .OfferId
        );
    }

    [Fact]
    public void Equal_offers_go_to_the_first_one()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan), Offer("b", Yuan));
        Assert.Equal("a", Placed(snapshot, Request(Role(1, Cards("H100", 1)))).Roles[0].OfferId);
        Assert.Equal(["a", "b"], Scheduler.Rank(snapshot, Request(Role(1, Cards("H100", 1))), 5).Select(placed => placed.Roles[0].OfferId));
    }

    [Fact]
    public void A_share_is_rounded_up_to_the_template_and_billed_by_its_larger_part()
    {
        var sharing = new TemplateSharing([new(250, 16_384, "vir02"), new(500, 32_768, "vir04")]);
        var node = Node("n1") with { Devices = [Device("d0", "Ascend910B", 65_536, sharing)] };
        var snapshot = Snapshot([node], Offer("share", 4 * Yuan, model: "Ascend910B", cards: 1));
        var request = Request(Role(1, Cards("Ascend910B", 1, computeMilli: 200, memoryMib: 20_000)));

        var placed = Placed(snapshot, request);

        Assert.Equal(new DeviceGrant("d0", 500, 32_768), Assert.Single(placed.Roles[0].Replicas[0].Devices));
        Assert.Equal(500, placed.Roles[0].CardMilli);
        Assert.Equal(2 * Yuan, placed.PricePerHour);
    }

    [Fact]
    public void A_fraction_becomes_memory_once_the_device_is_known()
    {
        var node = Node("n1") with { Devices = [Device("d0", "S4000", 49_152, new FractionSharing(512, 1))] };
        var snapshot = Snapshot([node], Offer("share", Yuan, model: "S4000", cards: 1));

        var placed = Placed(snapshot, Request(Role(3, Cards("S4000", 1, computeMilli: 333))));

        // 333/1000 of 49,152 MiB is 16,368 MiB; the next multiple of 512 is 16,384, a third of the card.
        Assert.All(placed.Roles[0].Replicas, replica => Assert.Equal(new DeviceGrant("d0", 333, 16_384), Assert.Single(replica.Devices)));
        Assert.Equal(3 * 333, placed.Roles[0].CardMilli);
    }

    [Fact]
    public void A_device_sold_whole_gives_no_share()
    {
        var snapshot = Snapshot([Node("n1", cards: 1)], Offer("whole", Yuan));
        var refused = Refused(snapshot, Request(Role(1, Cards("H100", 1, computeMilli: 500))));
        Assert.Equal((RefusalCodes.NoOfferMatches, RuleCodes.Variant, true), (refused.Code, refused.Rule, refused.NeverFits));
    }

    [Fact]
    public void Processor_offers_are_billed_by_the_larger_of_cores_and_memory()
    {
        var snapshot = Snapshot([Node("n1")], Offer("cpu", Yuan / 10, model: null, cards: 64));
        var placed = Placed(snapshot, Request(Role(2, Cpu(2000, 16_384))));
        Assert.Equal(8000, placed.Roles[0].CardMilli);
        Assert.Equal(8 * Yuan / 10, placed.PricePerHour);
    }

    [Theory]
    [InlineData(TopologyLevel.Node, 1)]
    [InlineData(TopologyLevel.LinkIsland, 2)]
    [InlineData(TopologyLevel.Rack, 4)]
    [InlineData(TopologyLevel.Cluster, 6)]
    public void A_gang_stays_in_the_domain_it_asks_for(TopologyLevel together, int largestGangNodes)
    {
        // Six nodes of 8 cards: racks of 4 and 2, fabrics of 2.
        var nodes = Enumerable
            .Range(0, 6)
            .Select(n => Node($"n{n}", cards: 8) with { Rack = $"rack{n / 4}", LinkIsland = $"fabric{n / 2}" })
            .ToList();
        var snapshot = Snapshot(nodes, Offer("o", Yuan));
        var request = Request(Role(largestGangNodes * 2, Cards("H100", 4))) with { Constraints = new() { Together = together } };

        Assert.Equal(largestGangNodes, Placed(snapshot, request).Roles[0].Replicas.Select(replica => replica.NodeId).Distinct().Count());
        var refused = Refused(snapshot, request with { Roles = [Role((largestGangNodes * 2) + 1, Cards("H100", 4))] });
        Assert.Equal(RefusalCodes.NotEnoughCapacity, refused.Code);
        Assert.Equal(together == TopologyLevel.Cluster ? RuleCodes.FreeCapacity : RuleCodes.Together, refused.Rule);
        Assert.Equal(largestGangNodes * 2, refused.Explanation.ClosestMiss!.ReplicasPossible);
    }

    [Fact]
    public void A_gang_takes_the_tightest_domain_that_holds_it()
    {
        var nodes = Enumerable.Range(0, 6).Select(n => Node($"n{n}", cards: 8) with { Rack = n < 4 ? "large" : "small" }).ToList();
        var placed = Placed(Snapshot(nodes, Offer("o", Yuan)), Request(Role(2, Cards("H100", 8))));
        Assert.Equal(["n4", "n5"], placed.Roles[0].Replicas.Select(replica => replica.NodeId));
    }

    [Fact]
    public void Roles_of_one_request_share_a_domain_only_when_asked()
    {
        var builder = new SupplySnapshotBuilder().Add(Site("s1")).Add(Site("s2")).Add(new Cluster("c1", "s1")).Add(new Cluster("c2", "s2"));
        builder.AddRange([Node("a", "c1", 8), Node("b", "c2", 8, "T4"), Node("c", "c2", 8)]);
        builder.AddRange([Offer("near", Yuan), Offer("t4", Yuan, "c2", "T4"), Offer("far", 2 * Yuan, "c2")]);
        var snapshot = builder.Build();
        var request = Request(new Role("train", 1, [Cards("H100", 8)]), new Role("check", 1, [Cards("T4", 1)]));

        Assert.Equal(["near", "t4"], Placed(snapshot, request).Roles.Select(role => role.OfferId));
        var together = request with { Constraints = new() { Together = TopologyLevel.Cluster } };
        Assert.Equal(["far", "t4"], Placed(snapshot, together).Roles.Select(role => role.OfferId));
    }

    [Fact]
    public void The_exact_search_finds_what_the_greedy_order_misses()
    {
        // The heavier role would take the only node the lighter one can use.
        var arm = Node("arm", cpuMilli: 4000) with
        {
            Architecture = CpuArchitecture.Arm64,
        };
        var x64 = Node("x64", cpuMilli: 3000);
        var any = Cpu(3000);
        var armOnly = Cpu(2000) with { Architecture = CpuArchitecture.Arm64 };
        var decision = Scheduler.PlaceOnCluster([arm, x64], Request(new Role("any", 1, [any]), new Role("arm", 1, [armOnly])));
        var placed = Assert.IsType<Placed>(decision);
        Assert.Equal(["x64", "arm"], placed.Roles.Select(role => role.Replicas[0].NodeId));
    }

    [Fact]
    public void On_one_cluster_nodes_and_devices_are_chosen_without_offers()
    {
        var used = Node("used", cards: 2) with { Devices = [Device("d0") with { FreeComputeMilli = 0, FreeMemoryMib = 0 }, Device("d1")] };
        var placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster([Node("fresh", cards: 2), used], Request(Role(1, Cards(null, 1)))));
        Assert.Null(placed.Roles[0].OfferId);
        Assert.Equal("used", placed.Roles[0].Replicas[0].NodeId);
        Assert.Equal("d1", placed.Roles[0].Replicas[0].Devices[0].DeviceId);
    }

    [Fact]
    public void One_replica_goes_where_least_is_left_over()
    {
        var used = Node("used") with { FreeCpuMilli = 10_000 };
        var tight = Node("tight") with { FreeCpuMilli = 9_000 };
        var placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster([Node("fresh"), used, tight], Request(Role(1, Cpu(8000)))));
        Assert.Equal("tight", placed.Roles[0].Replicas[0].NodeId);
        // A processor job leaves nodes with idle cards alone.
        var gpu = Node("gpu", cards: 8) with
        {
            FreeCpuMilli = 9_000,
        };
        placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster([gpu, Node("plain")], Request(Role(1, Cpu(8000)))));
        Assert.Equal("plain", placed.Roles[0].Replicas[0].NodeId);
    }

    [Fact]
    public void Unhealthy_cordoned_and_tainted_machines_are_left_alone()
    {
        var sick = Node("sick") with { Devices = [Device("d0") with { Healthy = false }] };
        var cordoned = Node("cordoned", cards: 1) with { Schedulable = false };
        var tainted = Node("tainted", cards: 1) with { Taints = [new("gpu", "training", TaintEffect.NoSchedule)] };
        var request = Request(Role(1, Cards("H100", 1)));

        var refused = Assert.IsType<Refused>(Scheduler.PlaceOnCluster([sick, cordoned, tainted], request));
        Assert.Equal(RefusalCodes.NotEnoughCapacity, refused.Code);
        var tolerant = request with { Constraints = new() { Tolerations = [new("gpu", "training")] } };
        Assert.Equal(
            "tainted",
            Assert.IsType<Placed>(Scheduler.PlaceOnCluster([sick, cordoned, tainted], tolerant)).Roles[0].Replicas[0].NodeId
        );
    }

    [Fact]
    public void Nearest_follows_the_measured_round_trip()
    {
        var builder = new SupplySnapshotBuilder().Add(Site("s1", "hohhot")).Add(Site("s2", "guizhou")).Add(Site("s3", "unmeasured"));
        builder.Add(new RegionLatency("shanghai", "hohhot", 26)).Add(new RegionLatency("guizhou", "shanghai", 34));
        foreach (var n in new[] { 1, 2, 3 })
        {
            builder.Add(new Cluster($"c{n}", $"s{n}")).Add(Node($"n{n}", $"c{n}", 8)).Add(Offer($"o{n}", (10 - n) * Yuan, $"c{n}"));
        }

        var request = Request(Role(1, Cards("H100", 8))) with { NearRegion = "shanghai", Objective = Objective.Nearest };
        Assert.Equal("o1", Placed(builder.Build(), request).Roles[0].OfferId);
        var bounded = request with
        {
            Objective = Objective.CheapestWork,
            Constraints = new() { MaxRoundTripMs = 40 },
        };
        Assert.Equal("o2", Placed(builder.Build(), bounded).Roles[0].OfferId);
    }

    private static Placed Placed(SupplySnapshot snapshot, PlacementRequest request)
    {
        var decision = Scheduler.Decide(snapshot, request);
        Assert.True(decision.IsPlaced, decision.Explanation.ToEnglish());
        return (Placed)decision;
    }

    private static Refused Refused(SupplySnapshot snapshot, PlacementRequest request) =>
        Assert.IsType<Refused>(Scheduler.Decide(snapshot, request));
}
