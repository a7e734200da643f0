using Marketplace.Market.Contracts;
using Marketplace.Market.Features.Catalog;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

public sealed class SoldDemandTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly Actor Customer = new("org_customer", PartyKinds.Customer, MemberRole.Owner);

    [Fact]
    public async Task Snapshots_reckon_with_what_was_bought_last()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(80);
        Assert.Same(Demand.Typical, (await SnapshotAsync(world)).Demand);
        for (int i = 0; i < Demand.FewestArrivals; i++)
            Assert.True((await world.Hold($"bought-{i}", World.Card(shop, i))).IsOk);

        // Not at once: every new mix makes each snapshot new.
        Assert.Same(Demand.Typical, (await SnapshotAsync(world)).Demand);
        world.Time.Advance(SoldDemand.ReadAfter);
        SupplySnapshot later = await SnapshotAsync(world);
        var (shape, count) = Assert.Single(later.Demand.Kinds);
        CapacityGrant grant = World.Card(shop, 0).Grants[0];
        Assert.Equal(new DemandShape(grant.CpuMilli, grant.HostMemoryMib, 1, 1000, "H100-80G"), shape);
        Assert.Equal(Demand.FewestArrivals, count);
        Assert.Same(later.Demand, (await SnapshotAsync(world)).Demand);
    }

    [Fact]
    public async Task The_policy_for_nodes_is_a_setting_and_an_unknown_one_stops_the_start()
    {
        await using var spread = new World(db, new() { ["Market:NodePolicy"] = "spread" });
        Assert.Equal("spread", (await SnapshotAsync(spread)).NodePolicy);
        var refused = new MarketOptionsValidator().Validate(null, new MarketOptions { NodePolicy = "tetris" });
        Assert.Contains("Market:NodePolicy is 'tetris'. Name one of default, fgd", refused.FailureMessage, StringComparison.Ordinal);
    }

    private static Task<SupplySnapshot> SnapshotAsync(World world) =>
        world.As<IMarketCatalog, SupplySnapshot>(Customer, c => c.SnapshotAsync(new SnapshotFilter { Currency = "CNY" }, default));
}
