using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

public sealed class InputTests
{
    public static TheoryData<string, string, Func<SupplySnapshotBuilder, SupplySnapshotBuilder>> BadSupply =>
        new()
        {
            { "unknown-id", "clusters[1].siteId", builder => builder.Add(new Cluster("c2", "nowhere")) },
            { "duplicate-id", "clusters[1].id", builder => builder.Add(new Cluster("c1", "s1")) },
            { "unknown-id", "nodes[0].clusterId", builder => builder.Add(Node("n", "c9")) },
            { "negative", "nodes[0].cpuMilli", builder => builder.Add(Node("n", cpuMilli: -1)) },
            { "out-of-range", "nodes[0].freeCpuMilli", builder => builder.Add(Node("n") with { FreeCpuMilli = 65_000 }) },
            { "out-of-range", "nodes[0].memoryMib", builder => builder.Add(Node("n") with { MemoryMib = int.MaxValue }) },
            { "duplicate-id", "nodes[0].devices[1].id", builder => builder.Add(Node("n") with { Devices = [Device("d"), Device("d")] }) },
            {
                "negative",
                "nodes[0].devices[0].memoryMib",
                builder => builder.Add(Node("n") with { Devices = [Device("d", memoryMib: -1)] })
            },
            { "missing-model", "nodes[0].devices[0].model", builder => builder.Add(Node("n") with { Devices = [Device("d", "")] }) },
            {
                "out-of-range",
                "nodes[0].devices[0].sharing.memoryUnitMib",
                builder => builder.Add(Node("n") with { Devices = [Device("d", sharing: new FractionSharing(0))] })
            },
            {
                "out-of-range",
                "nodes[0].devices[0].sharing.templates[0].memoryMib",
                builder => builder.Add(Node("n") with { Devices = [Device("d", sharing: new TemplateSharing([new(500, 90_000)]))] })
            },
            { "negative", "offers[0].pricePerCardHour", builder => builder.Add(Offer("o", -1)) },
            { "negative", "offers[0].availableCards", builder => builder.Add(Offer("o", 1, cards: -1)) },
            { "missing-currency", "offers[0].currency", builder => builder.Add(Offer("o", 1) with { Currency = "" }) },
            { "out-of-range", "offers[0].verificationLevel", builder => builder.Add(Offer("o", 1) with { VerificationLevel = 4 }) },
            { "not-a-number", "latencies[0].roundTripMs", builder => builder.Add(new RegionLatency("a", "b", double.NaN)) },
            { "not-a-number", "latencies[0].roundTripMs", builder => builder.Add(new RegionLatency("a", "b", double.PositiveInfinity)) },
            { "negative", "latencies[0].roundTripMs", builder => builder.Add(new RegionLatency("a", "b", -1)) },
            { "out-of-range", "latencies[0].roundTripMs", builder => builder.Add(new RegionLatency("a", "b", 1e9)) },
            {
                "contradiction",
                "latencies[1].roundTripMs",
                builder => builder.Add(new RegionLatency("a", "b", 5)).Add(new RegionLatency("b", "a", 6))
            },
            { "negative", "egress[0].pricePerGib", builder => builder.Add(new EgressPrice("a", "b", -1, "CNY")) },
            { "missing-currency", "egress[0].currency", builder => builder.Add(new EgressPrice("a", "b", 1, "")) },
            { "self-edge", "egress[0].toRegion", builder => builder.Add(new EgressPrice("a", "a", 1, "CNY")) },
            {
                "contradiction",
                "egress[1].pricePerGib",
                builder => builder.Add(new EgressPrice("a", "b", 1, "CNY")).Add(new EgressPrice("a", "b", 2, "CNY"))
            },
            { "duplicate-id", "sites[1].id", builder => builder.Add(Site("s1")) },
            { "unknown-value", "sites[1].tier", builder => builder.Add(Site("s2", tier: (SiteTier)9)) },
            { "missing-place", "sites[1].region", builder => builder.Add(Site("s2", region: null!)) },
            { "duplicate-id", "nodes[1].id", builder => builder.Add(Node("n")).Add(Node("n")) },
            { "missing-name", "nodes[0].rack", builder => builder.Add(Node("n") with { Rack = "" }) },
            { "missing-name", "nodes[0].linkIsland", builder => builder.Add(Node("n") with { LinkIsland = "" }) },
            { "missing-model", "offers[0].deviceModel", builder => builder.Add(Offer("o", 1, model: "")) },
            { "out-of-range", "offers[0].pricePerCardHour", builder => builder.Add(Offer("o", long.MaxValue)) },
        };

    [Theory]
    [MemberData(nameof(BadSupply))]
    public void Supply_that_cannot_be_true_is_named(string code, string field, Func<SupplySnapshotBuilder, SupplySnapshotBuilder> spoil)
    {
        var builder = spoil(OneCluster());
        var problem = Assert.Single(builder.Check(), problem => problem.Field == field);
        Assert.Equal(code, problem.Code);
        Assert.NotEmpty(problem.Fix);
        Assert.False(builder.TryBuild(out var snapshot, out _));
        Assert.Null(snapshot);
        Assert.Contains(field, Assert.Throws<InvalidSupplyException>(builder.Build).Message, StringComparison.Ordinal);
        Assert.True(OneCluster().TryBuild(out _, out _));
    }

    public static TheoryData<string, string, PlacementRequest> BadRequests =>
        new()
        {
            { "missing-roles", "roles", Request() },
            { "out-of-range", "roles[0].replicas", Request(Role(0, Cpu(1))) },
            { "out-of-range", "roles[0].replicas", Request(Role(1_000_000, Cpu(1))) },
            { "out-of-range", "roles[0].variants.count", Request(Role(1)) },
            { "duplicate-role", "roles[1].name", Request(Role(1, Cpu(1)), Role(1, Cpu(1))) },
            { "negative", "roles[0].variants[0].cpuMilli", Request(Role(1, Cpu(-5))) },
            { "empty-variant", "roles[0].variants[0].cpuMilli", Request(Role(1, Cpu(0, 0))) },
            { "out-of-range", "roles[0].variants[0].computeMilli", Request(Role(1, Cards("H100", 1, 1001))) },
            { "empty-share", "roles[0].variants[0].computeMilli", Request(Role(1, Cards("H100", 1, 0))) },
            { "model-without-cards", "roles[0].variants[0].deviceModel", Request(Role(1, Cards("H100", 0))) },
            { "not-a-number", "roles[0].variants[0].throughput", Request(Role(1, Cards("H100", 1, throughput: double.NaN))) },
            { "zero-throughput", "roles[0].variants[0].throughput", Request(Role(1, Cards("H100", 1, throughput: 0))) },
            { "missing-near", "nearRegion", Request(Role(1, Cpu(1))) with { Constraints = new() { MaxRoundTripMs = 5 } } },
            {
                "not-a-number",
                "constraints.maxRoundTripMs",
                Request(Role(1, Cpu(1))) with
                {
                    NearRegion = "a",
                    Constraints = new() { MaxRoundTripMs = double.NaN },
                }
            },
            {
                "negative",
                "constraints.minDeviceMemoryMib",
                Request(Role(1, Cpu(1))) with
                {
                    Constraints = new() { MinDeviceMemoryMib = -1 },
                }
            },
            { "negative", "budgetPerHour", Request(Role(1, Cpu(1))) with { BudgetPerHour = -1 } },
            { "unknown-value", "contractClass", Request(Role(1, Cpu(1))) with { ContractClass = (ContractClass)9 } },
            { "not-a-number", "roles[0].variants[0].throughput", Request(Role(1, Cards("H100", 1, throughput: double.PositiveInfinity))) },
            { "negative", "roles[0].variants[1].deviceMemoryMib", Request(Role(1, Cpu(1), Cards("H100", 1, memoryMib: -1))) },
            { "negative", "maxPricePerCardHour", Request(Role(1, Cpu(1))) with { MaxPricePerCardHour = -1 } },
            { "unknown-value", "constraints.tiers", Request(Role(1, Cpu(1))) with { Constraints = new() { Tiers = [(SiteTier)7] } } },
            {
                "out-of-range",
                "constraints.offerIds.count",
                Request(Role(1, Cpu(1))) with
                {
                    Constraints = new() { OfferIds = new string[InputBounds.MaxListed + 1] },
                }
            },
            { "unknown-id", "edges[0].to", Graph(new RoleEdge("a", "nobody", 1, 1)) },
            { "self-edge", "edges[0].to", Graph(new RoleEdge("a", "a", 1, 1)) },
            { "duplicate-edge", "edges[1].from", Graph(new RoleEdge("a", "b", 1, 1), new RoleEdge("a", "b", 2, 2)) },
            { "not-a-number", "edges[0].callsPerSecond", Graph(new RoleEdge("a", "b", double.NaN, 1)) },
            { "negative", "edges[0].callsPerSecond", Graph(new RoleEdge("a", "b", -1, 1)) },
            { "not-a-number", "edges[0].bytesPerCall", Graph(new RoleEdge("a", "b", 1, double.PositiveInfinity)) },
            { "out-of-range", "edges[0].bytesPerCall", Graph(new RoleEdge("a", "b", 1, 1e12)) },
            { "not-a-number", "edges[0].maxRoundTripMs", Graph(new RoleEdge("a", "b", 1, 1, double.NaN)) },
            { "out-of-range", "edges[0].maxRoundTripMs", Graph(new RoleEdge("a", "b", 1, 1, 0.1)) },
            { "out-of-range", "edges.count", Graph([.. Enumerable.Repeat(new RoleEdge("a", "b", 1, 1), InputBounds.MaxEdges + 1)]) },
            { "data-place", "roles[0].data[0].siteId", Reads(new DataSet { Name = "d" }) },
            {
                "data-place",
                "roles[0].data[0].siteId",
                Reads(
                    new DataSet
                    {
                        Name = "d",
                        SiteId = "s1",
                        Region = "r",
                    }
                )
            },
            { "unknown-id", "roles[0].data[0].siteId", Reads(new DataSet { Name = "d", SiteId = "nowhere" }) },
            {
                "not-a-number",
                "roles[0].data[0].gib",
                Reads(
                    new DataSet
                    {
                        Name = "d",
                        Region = "r",
                        Gib = double.NaN,
                    }
                )
            },
            {
                "negative",
                "roles[0].data[0].gib",
                Reads(
                    new DataSet
                    {
                        Name = "d",
                        Region = "r",
                        Gib = -1,
                    }
                )
            },
            {
                "missing-country",
                "roles[0].data[0].staysInCountry",
                Reads(
                    new DataSet
                    {
                        Name = "d",
                        Region = "r",
                        StaysInCountry = "",
                    }
                )
            },
            {
                "duplicate-data",
                "roles[0].data[1].name",
                Reads(new DataSet { Name = "d", Region = "r" }, new DataSet { Name = "d", Region = "q" })
            },
            { "unknown-value", "roles[0].tiers[0]", Request(Role(1, Cpu(1)) with { Tiers = [(SiteTier)5] }) },
            { "missing-work", "work", Request(Role(1, Cpu(1))) with { DeadlineHours = 1 } },
            { "unknown-unit", "work.unit", Working(new WorkAmount(1, "furlongs")) },
            { "negative", "work.units", Working(new WorkAmount(-1, "tokens")) },
            { "out-of-range", "work.units", Working(new WorkAmount(0, "tokens")) },
            { "out-of-range", "work.units", Working(new WorkAmount(1e30, "tokens")) },
            { "not-a-number", "work.units", Working(new WorkAmount(double.NaN, "tokens")) },
            { "not-a-number", "deadlineHours", Working(new WorkAmount(1, "tokens")) with { DeadlineHours = double.NaN } },
            { "out-of-range", "deadlineHours", Working(new WorkAmount(1, "tokens")) with { DeadlineHours = 0 } },
            { "hours-and-work", "hours", Working(new WorkAmount(1, "tokens")) with { Hours = 1 } },
            { "negative", "hours", Request(Role(1, Cpu(1))) with { Hours = -3 } },
            { "out-of-range", "policy.tiers.count", Request(Role(1, Cpu(1))) with { Policy = new([]) } },
            { "unreachable-tier", "policy.tiers[1]", Request(Role(1, Cpu(1))) with { Policy = new([new(), new()]) } },
            {
                "unknown-value",
                "policy.tiers[0].siteTiers[0]",
                Request(Role(1, Cpu(1))) with
                {
                    Policy = new([new() { SiteTiers = [(SiteTier)8] }]),
                }
            },
        };

    private static PlacementRequest Graph(params RoleEdge[] edges) =>
        Request(new Role("a", 1, [Cpu(1)]), new Role("b", 1, [Cpu(1)])) with
        {
            Edges = edges,
        };

    private static PlacementRequest Reads(params DataSet[] data) => Request(Role(1, Cpu(1)) with { Data = data });

    private static PlacementRequest Working(WorkAmount work) => Request(Role(1, Cards("H100", 1, throughput: 1))) with { Work = work };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void A_request_that_makes_no_sense_is_refused_with_field_and_fix(string code, string field, PlacementRequest request)
    {
        var refused = Assert.IsType<Refused>(Scheduler.Decide(Snapshot([Node("n")]), request));
        Assert.Equal(RefusalCodes.InvalidRequest, refused.Code);
        var problem = Assert.Single(refused.Explanation.Problems, problem => problem.Field == field);
        Assert.Equal(code, problem.Code);
        Assert.NotEmpty(problem.Fix);
    }

    [Fact]
    public void Absurd_prices_and_gangs_do_not_overflow()
    {
        var node = Node("n", cards: 8) with { CpuMilli = InputBounds.MaxQuantity, FreeCpuMilli = InputBounds.MaxQuantity };
        var snapshot = Snapshot([node], Offer("o", InputBounds.MaxPricePerCardHour, cards: InputBounds.MaxCards));
        var refused = Assert.IsType<Refused>(Scheduler.Decide(snapshot, Request(Role(InputBounds.MaxReplicas, Cards("H100", 256)))));
        Assert.True(refused.NeverFits);
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(Role(1, Cards("H100", 8)))));
        Assert.Equal(8 * InputBounds.MaxPricePerCardHour, placed.PricePerHour);
    }

    [Fact]
    public void Racks_and_link_islands_of_one_name_in_two_clusters_are_two()
    {
        var builder = OneCluster().Add(new Cluster("c2", "s1"));
        builder.AddRange(new[] { "c1", "c2" }.Select(cluster => Node("n-" + cluster, cluster, 4) with { Rack = "r", LinkIsland = "i" }));
        var snapshot = builder.Add(Offer("o", Yuan)).Build();
        foreach (var level in new[] { TopologyLevel.Rack, TopologyLevel.LinkIsland })
        {
            var request = Request(Role(8, Cards("H100", 1))) with { Constraints = new() { Together = level } };
            Assert.IsType<Refused>(Scheduler.Decide(snapshot, request));
        }
    }

    [Fact]
    public void Problems_of_a_request_are_reported_up_to_a_bound_whatever_its_size()
    {
        var bad = new DataSet { Name = "", Gib = double.NaN };
        var roles = Enumerable.Repeat(Role(0) with { Data = [.. Enumerable.Repeat(bad, 100_000)] }, 100_000).ToList();
        var request = Request() with
        {
            Roles = roles,
            Edges = [.. Enumerable.Repeat(new RoleEdge("x", "x", double.NaN, -1, -1), 100_000)],
            Policy = new([.. Enumerable.Repeat(new PolicyTier(), 100_000)]),
        };
        RequestValidation.Check(request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(20, RequestValidation.Check(request).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4 << 20);
    }

    [Fact]
    public void The_largest_graph_that_is_allowed_does_not_overflow()
    {
        var edge = new RoleEdge("a", "b", InputBounds.MaxCallsPerSecond, InputBounds.MaxBytesPerCall, InputBounds.MaxRoundTripMs);
        var builder = OneCluster().Add(Site("s2", "far")).Add(new Cluster("c2", "s2"));
        builder
            .Add(new EgressPrice("cn-north", "far", InputBounds.MaxPricePerGib, "CNY"))
            .Add(new RegionLatency("cn-north", "far", 60_000));
        builder.AddRange([Node("n1", cpuMilli: 1000), Node("n2", "c2", cpuMilli: 1000)]);
        var snapshot = builder
            .AddRange([Offer("o1", InputBounds.MaxPricePerCardHour, model: null), Offer("o2", InputBounds.MaxPricePerCardHour, "c2", null)])
            .Build();
        var data = new DataSet
        {
            Name = "d",
            SiteId = "s1",
            Gib = InputBounds.MaxGib,
        };
        var request = Request(
            new Role("a", 1, [Cpu(1000)]) { SiteIds = ["s1"] },
            new Role("b", 1, [Cpu(1000)]) { Data = [data], SiteIds = ["s2"] }
        ) with
        {
            Edges = [edge],
            Hours = InputBounds.MaxHours,
            Objective = Objective.Fastest,
        };
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        // 10^18 bytes a second are 3,352,761,268,615.723 GiB an hour at 1,000 yuan each.
        Assert.Equal(3_352_761_268_615_723_000_000m, decimal.Round(placed.TrafficPerHour / 1_000_000) * 1_000_000, 0);
        Assert.Equal(1_000_000_000_000_000_000m, placed.DataPrice);
        Assert.True(placed.TotalCost > placed.TrafficPerHour * 876_600);
    }

    [Fact]
    public void Problems_are_reported_up_to_a_bound()
    {
        var builder = OneCluster().AddRange(Enumerable.Range(0, 1000).Select(n => Node($"n{n}", "nowhere")));
        Assert.Equal(100, builder.Check().Count);
    }
}
