using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

/// <summary>Sold capacity that gets another place, under the same guard as a sale.</summary>
public sealed class ExchangeTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_it_leaves_is_free_and_what_it_enters_is_taken()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        await SellAsync(world, shop, "con", 0, 1);
        Assert.True((await ExchangeAsync(world, shop, "con", 0, 2)).IsOk);
        ClaimView claim = Assert.Single(await ActiveAsync(world, "con"));
        Assert.Equal((ClaimState.Sold, 2_000L), (claim.State, claim.CardMilli));
        Assert.Equal(Grants(shop, 0, 2), claim.Grants);
        ListingView listing = await world.Look(shop);
        Assert.Equal((2, 0), (listing.SoldCards, listing.HeldCards));
        Assert.True((await world.Hold("left", World.Card(shop, 1))).IsOk);
        Assert.Equal("capacity-taken", (await world.Hold("entered", World.Card(shop, 2))).Problem!.Code);
        // Released once, it gives back the places it has now.
        await world.Release("con");
        Assert.True((await world.Hold("all", World.Card(shop, 0), World.Card(shop, 2), World.Card(shop, 3))).IsOk);
    }

    [Fact]
    public async Task A_place_that_is_taken_refuses_it_and_nothing_changes()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        await SellAsync(world, shop, "con", 0);
        await SellAsync(world, shop, "other", 1);
        Assert.Equal("capacity-taken", (await ExchangeAsync(world, shop, "con", 1)).Problem!.Code);
        Assert.Equal(Grants(shop, 0), Assert.Single(await ActiveAsync(world, "con")).Grants);
        Assert.Equal(2, (await world.Look(shop)).SoldCards);
    }

    [Fact]
    public async Task Only_sold_capacity_moves()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        await world.Hold("quote", World.Card(shop, 0));
        Assert.Equal("not-sold", (await ExchangeAsync(world, shop, "quote", 1)).Problem!.Code);
        Assert.Equal("not-sold", (await ExchangeAsync(world, shop, "nobody", 1)).Problem!.Code);
        await SellAsync(world, shop, "con", 1);
        await world.Release("con");
        Assert.Equal("not-sold", (await ExchangeAsync(world, shop, "con", 2)).Problem!.Code);
    }

    [Fact]
    public async Task A_sale_moves_though_its_listing_is_no_longer_for_sale_and_its_old_card_is_broken()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        await SellAsync(world, shop, "con", 0, 1);
        await world.As<ISupply, Outcome<ListingView>>(shop.Owner, s => s.ChangeStateAsync(shop.ListingId, ListingState.Paused, default));
        string clusterId = (await world.Look(shop)).ClusterId;
        ClusterSupply supply = (await world.Clusters.FindAsync(clusterId, default))!;
        world.Clusters.Put(clusterId, supply.Cluster.SiteId, [.. supply.Nodes.Select(n => Broken(n, "d0"))]);
        // The healthy card stays, the broken one is left; to a broken one nothing moves.
        Assert.True((await ExchangeAsync(world, shop, "con", 3, 1)).IsOk);
        Assert.Equal("capacity-taken", (await ExchangeAsync(world, shop, "con", 0, 1)).Problem!.Code);
    }

    [Fact]
    public async Task Exchanges_and_sales_race_for_a_card_and_one_of_them_has_it()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        for (int i = 0; i < 6; i++)
            await SellAsync(world, shop, $"con-{i}", i);
        // Six want one of the two free cards in place of theirs, and six new ones want them too.
        var moves = Enumerable.Range(0, 6).Select(i => Task.Run(() => MovedAsync(i)));
        var sales = Enumerable.Range(0, 6).Select(i => Task.Run(() => SoldAsync(i)));
        bool[] won = await Task.WhenAll(moves.Concat(sales));
        // A card that was left may be taken again, but only by whoever asked for it: cards 6 and 7 have exactly one owner each.
        Assert.Equal(2, won.Count(w => w));
        var owners = new List<CapacityGrant>();
        foreach (string reference in Enumerable.Range(0, 6).SelectMany(i => new[] { $"con-{i}", $"new-{i}" }))
            owners.AddRange((await ActiveAsync(world, reference)).SelectMany(c => c.Grants));
        Assert.Equal(owners.Count, owners.Select(g => (g.NodeId, g.DeviceId)).Distinct().Count());
        Assert.Equal(owners.Count, (await world.Look(shop)).SoldCards);

        async Task<bool> MovedAsync(int i) => (await ExchangeAsync(world, shop, $"con-{i}", 6 + (i % 2))).IsOk;
        async Task<bool> SoldAsync(int i) => (await TrySellAsync(world, shop, $"new-{i}", 6 + (i % 2)))[0] is null;
    }

    [Fact]
    public async Task Crosswise_exchanges_never_hang()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        await SellAsync(world, shop, "a", 0, 1);
        await SellAsync(world, shop, "b", 4, 5);
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i => Task.Run(() => ExchangeAsync(world, shop, i % 2 == 0 ? "a" : "b", (i + 2) % 8, (i + 3) % 8)))
        );
        Assert.All(outcomes, o => Assert.True(o.IsOk || o.Problem.Code == "capacity-taken", o.Problem?.Code));
        var grants = (await ActiveAsync(world, "a")).Concat(await ActiveAsync(world, "b")).SelectMany(c => c.Grants).ToList();
        Assert.Equal(4, grants.Select(g => g.DeviceId).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(4, (await world.Look(shop)).SoldCards);
    }

    [Fact]
    public async Task Who_has_sold_capacity_on_a_place_is_known()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(16);
        await SellAsync(world, shop, "b", 0, 9);
        await SellAsync(world, shop, "a", 1);
        await world.Hold("held", World.Card(shop, 2));
        string clusterId = (await world.Look(shop)).ClusterId;
        Assert.Equal([world.Ref("a"), world.Ref("b")], await OnAsync(p => p.NodeId.EndsWith("n0", StringComparison.Ordinal)));
        Assert.Equal([world.Ref("b")], await OnAsync(p => p.NodeId.EndsWith("n1", StringComparison.Ordinal)));
        Assert.Equal([world.Ref("a")], await OnAsync(p => p == new CapacityPlace(Grants(shop, 1)[0].NodeId, Grants(shop, 1)[0].DeviceId)));
        Assert.Empty(await OnAsync(_ => false));

        Task<IReadOnlyList<string>> OnAsync(Func<CapacityPlace, bool> which) =>
            world.As<ICapacity, IReadOnlyList<string>>(Actor.System, c => c.SoldOnAsync(clusterId, which, default));
    }

    private static Node Broken(Node node, string device) =>
        node with
        {
            Devices = [.. node.Devices.Select(d => d.Id == device ? d with { Healthy = false } : d)],
        };

    private static CapacityGrant[] Grants(Shop shop, params int[] cards) => [.. cards.Select(c => World.Card(shop, c).Grants[0])];

    private static CapacityRequest Cards(Shop shop, int[] cards) => new(shop.ListingId, cards.Length * 1000, Grants(shop, cards));

    private static async Task SellAsync(World world, Shop shop, string reference, params int[] cards) =>
        Assert.All(await TrySellAsync(world, shop, reference, cards), Assert.Null);

    private static Task<IReadOnlyList<Problem?>> TrySellAsync(World world, Shop shop, string reference, params int[] cards) =>
        world.As<ICapacity, IReadOnlyList<Problem?>>(
            Actor.System,
            c => c.SellManyAsync([new CapacitySale(world.Ref(reference), [Cards(shop, cards)])], default)
        );

    private static Task<Outcome<Done>> ExchangeAsync(World world, Shop shop, string reference, params int[] cards) =>
        world.As<ICapacity, Outcome<Done>>(Actor.System, c => c.ExchangeAsync(world.Ref(reference), Grants(shop, cards), default));

    private static async Task<IReadOnlyList<ClaimView>> ActiveAsync(World world, string reference) =>
        [
            .. (await world.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.FindAsync(world.Ref(reference), default))).Where(
                c => c.State != ClaimState.Released
            ),
        ];
}
