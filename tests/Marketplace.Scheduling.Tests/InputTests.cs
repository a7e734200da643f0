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
        };

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
    public void Problems_are_reported_up_to_a_bound()
    {
        var builder = OneCluster().AddRange(Enumerable.Range(0, 1000).Select(n => Node($"n{n}", "nowhere")));
        Assert.Equal(100, builder.Check().Count);
    }
}
