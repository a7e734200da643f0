using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Market.Tests;

public sealed class CapacityTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_hundred_at_once_want_ten_cards_and_exactly_ten_get_one()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(10);
        var results = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => Task.Run(() => world.Hold($"many-{i}", World.Card(shop, i % 10))))
        );
        Assert.Equal(10, results.Count(r => r.IsOk));
        Assert.All(results.Where(r => !r.IsOk), r => Assert.Equal("capacity-taken", r.Problem!.Code));
        Assert.Equal(10, results.Where(r => r.IsOk).Select(r => r.Value[0].Grants[0]).Distinct().Count());
        ListingView listing = await world.Look(shop);
        Assert.Equal((10, 0), (listing.HeldCards, listing.FreeCards));
    }

    [Fact]
    public async Task Holds_over_many_cards_in_any_order_never_share_one_and_never_hang()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(16);
        var random = new Random(Properties.SeedFor());
        var wishes = Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 16).OrderBy(_ => random.Next()).Take(4).ToArray()).ToArray();
        var results = await Task.WhenAll(
            wishes.Select((cards, i) => Task.Run(() => world.Hold($"mix-{i}", [.. cards.Select(c => World.Card(shop, c))])))
        );
        var taken = results.Where(r => r.IsOk).SelectMany(r => r.Value).Select(c => c.Grants[0]).ToList();
        Assert.Equal(taken.Count, taken.Distinct().Count());
        Assert.NotEmpty(taken);
        Assert.Equal(taken.Count, (await world.Look(shop)).HeldCards);
    }

    [Fact]
    public async Task A_hold_is_all_or_nothing()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        Assert.True((await world.Hold("first", World.Card(shop, 3))).IsOk);
        var second = await world.Hold("second", World.Card(shop, 0), World.Card(shop, 1), World.Card(shop, 3));
        Assert.Equal("capacity-taken", second.Problem!.Code);
        Assert.Equal(1, (await world.Look(shop)).HeldCards);
        Assert.True((await world.Hold("third", World.Card(shop, 0), World.Card(shop, 1))).IsOk);
    }

    [Fact]
    public async Task Many_sales_at_once_are_judged_one_after_another_and_taken_together()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        Task<IReadOnlyList<Problem?>> Sell(params (string Reference, int Card)[] sales) =>
            world.As<ICapacity, IReadOnlyList<Problem?>>(
                Actor.System,
                c => c.SellManyAsync([.. sales.Select(s => new CapacitySale(world.Ref(s.Reference), [World.Card(shop, s.Card)]))], default)
            );
        // The third wants the first one's card: it alone is refused, and nothing is taken.
        var problems = await Sell(("a", 0), ("b", 1), ("c", 0), ("d", 2));
        Assert.Equal([null, null, "capacity-taken", null], problems.Select(p => p?.Code));
        Assert.Equal((0, 4), ((await world.Look(shop)).SoldCards, (await world.Look(shop)).FreeCards));
        Assert.All(await Sell(("a", 0), ("b", 1), ("d", 2)), Assert.Null);
        Assert.Equal((3, 0), ((await world.Look(shop)).SoldCards, (await world.Look(shop)).HeldCards));
        Assert.Equal(["claim-exists", null], (await Sell(("a", 3), ("e", 3))).Select(p => p?.Code));
        // Sold is sold: it is given back like any other claim.
        await world.Release("a");
        Assert.All(await Sell(("e", 0), ("f", 3)), Assert.Null);
        Assert.Equal(0, (await world.Look(shop)).FreeCards);
    }

    [Fact]
    public async Task Many_sales_race_each_other_and_no_card_is_sold_twice()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        var all = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    Task.Run(() =>
                        world.As<ICapacity, IReadOnlyList<Problem?>>(
                            Actor.System,
                            c =>
                                c.SellManyAsync(
                                    [
                                        .. Enumerable
                                            .Range(0, 4)
                                            .Select(i => new CapacitySale(world.Ref($"{n}-{i}"), [World.Card(shop, (n + i) % 8)])),
                                    ],
                                    default
                                )
                        )
                    )
                )
        );
        int sold = 4 * all.Count(problems => problems.All(p => p is null));
        Assert.InRange(sold, 4, 8);
        Assert.Equal(sold, (await world.Look(shop)).SoldCards);
    }

    [Fact]
    public async Task Shares_fill_a_card_by_compute_and_by_memory_and_no_further()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2, shared: true);
        Assert.True((await world.Hold("a", World.Card(shop, 0, 400, 20_000))).IsOk);
        Assert.True((await world.Hold("b", World.Card(shop, 0, 600, 20_000))).IsOk);
        Assert.Equal("capacity-taken", (await world.Hold("c", World.Card(shop, 0, 1, 1))).Problem!.Code);
        Assert.True((await world.Hold("d", World.Card(shop, 1, 100, 81_000))).IsOk);
        Assert.Equal("capacity-taken", (await world.Hold("e", World.Card(shop, 1, 100, 921))).Problem!.Code);
        Assert.True((await world.Hold("f", World.Card(shop, 1, 100, 920))).IsOk);
    }

    [Fact]
    public async Task Fractions_are_refused_where_only_whole_cards_are_sold()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        Assert.Equal("whole-cards-only", (await world.Hold("half", World.Card(shop, 0, 500))).Problem!.Code);
    }

    [Fact]
    public async Task The_node_s_processors_are_counted_too()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        Assert.True((await world.Hold("big", World.Card(shop, 0, cpuMilli: 90_000))).IsOk);
        Assert.Equal("capacity-taken", (await world.Hold("more", World.Card(shop, 1, cpuMilli: 7_000))).Problem!.Code);
        Assert.True((await world.Hold("fits", World.Card(shop, 1, cpuMilli: 6_000))).IsOk);
    }

    [Fact]
    public async Task A_thousand_requests_in_one_hold_are_taken_together()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(1000);
        var all = await world.Hold("bulk", [.. Enumerable.Range(0, 1000).Select(i => World.Card(shop, i))]);
        Assert.Equal(1000, all.Value.Count);
        Assert.Equal((1000, 0), ((await world.Look(shop)).HeldCards, (await world.Look(shop)).FreeCards));
        await world.Release("bulk");
        Assert.Equal((0, 1000), ((await world.Look(shop)).HeldCards, (await world.Look(shop)).FreeCards));
    }

    [Fact]
    public async Task Sold_is_not_held_and_selling_or_releasing_twice_is_safe()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        await world.Hold("quote", World.Card(shop, 0));
        Assert.True((await world.Sell("quote", "contract")).IsOk);
        Assert.Equal((1, 0), ((await world.Look(shop)).SoldCards, (await world.Look(shop)).HeldCards));
        Assert.Equal(ProblemKind.NotFound, (await world.Sell("quote", "contract")).Problem!.Kind);
        Assert.Equal("illegal-transition", (await world.Sell("contract", "other")).Problem!.Code);
        await world.Release("quote");
        Assert.Equal(1, (await world.Look(shop)).SoldCards);
        await world.Release("contract");
        await world.Release("contract");
        Assert.Equal((0, 2), ((await world.Look(shop)).SoldCards, (await world.Look(shop)).FreeCards));
        var claims = await world.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.FindAsync(world.Ref("contract"), default));
        Assert.Equal(ClaimState.Released, Assert.Single(claims).State);
    }

    [Fact]
    public async Task A_hold_that_has_run_out_cannot_be_sold_and_is_free_for_the_next()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(1);
        Assert.True((await world.HoldFor("slow", TimeSpan.FromMinutes(1), World.Card(shop, 0))).IsOk);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("hold-expired", (await world.Sell("slow", "contract")).Problem!.Code);
        // Nobody has swept: the next hold frees it.
        Assert.True((await world.Hold("quick", World.Card(shop, 0))).IsOk);
        Assert.Equal("hold-expired", (await world.Sell("slow", "contract")).Problem!.Code);
        Assert.Equal(1, (await world.Look(shop)).HeldCards);
    }

    [Fact]
    public async Task The_sweep_frees_what_has_run_out_and_nothing_else()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(3);
        await world.HoldFor("short", TimeSpan.FromMinutes(1), World.Card(shop, 0));
        await world.HoldFor("long", TimeSpan.FromMinutes(9), World.Card(shop, 1));
        await world.HoldFor("sold", TimeSpan.FromMinutes(1), World.Card(shop, 2));
        await world.Sell("sold", "contract");
        world.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await world.As<IClaimExpiry, int>(Actor.System, e => e.ExpireAsync(default)));
        Assert.Equal(0, await world.As<IClaimExpiry, int>(Actor.System, e => e.ExpireAsync(default)));
        ListingView listing = await world.Look(shop);
        Assert.Equal((1, 1, 1), (listing.FreeCards, listing.HeldCards, listing.SoldCards));
    }

    [Fact]
    public async Task One_reference_holds_once()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        Assert.True((await world.Hold("same", World.Card(shop, 0))).IsOk);
        Assert.Equal("claim-exists", (await world.Hold("same", World.Card(shop, 1))).Problem!.Code);
        await world.Release("same");
        Assert.True((await world.Hold("same", World.Card(shop, 1))).IsOk);
    }

    [Fact]
    public async Task What_is_not_there_or_not_for_sale_is_not_held()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(3);
        Assert.Equal("capacity-taken", (await world.Hold("x", World.Card(shop, 5))).Problem!.Code);
        world.Clusters.Silence(shop.ClusterId);
        Assert.Equal("capacity-taken", (await world.Hold("x", World.Card(shop, 0))).Problem!.Code);
        world.Clusters.Silence(shop.ClusterId, false);
        await world.As<ISupply, Outcome<ListingView>>(shop.Owner, s => s.ChangeStateAsync(shop.ListingId, ListingState.Paused, default));
        Assert.Equal("capacity-taken", (await world.Hold("x", World.Card(shop, 0))).Problem!.Code);
        Assert.Equal(ProblemKind.NotFound, (await world.Hold("x", World.Card(shop with { ListingId = "lst_none" }, 0))).Problem!.Kind);
    }

    [Fact]
    public async Task Two_listings_of_the_same_cards_together_sell_no_more_than_is_there()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        world.Clusters.Put(shop.ClusterId, "", FakeClusters.Nodes(shop.ClusterId, 8));
        ListingView other = await world.Listing(
            shop.Owner,
            World.Wish(shop.ClusterId, 4) with
            {
                ClusterId = await Reconnect(world, shop, 8),
            }
        );
        Assert.True((await world.Hold("four", [.. Enumerable.Range(0, 4).Select(i => World.Card(shop, i))])).IsOk);
        await Reconnect(world, shop, 5);
        // Without named devices only the counts can refuse.
        var vague = new CapacityRequest(other.Id, 2000, []);
        Assert.Equal("capacity-taken", (await world.Hold("two", vague)).Problem!.Code);
        Assert.True((await world.Hold("one", vague with { CardMilli = 1000 })).IsOk);
        Assert.Equal(3, (await world.As<ISupply, ListingView?>(Actor.System, s => s.FindListingAsync(other.Id, default)))!.ShortCards);
    }

    [Theory]
    [InlineData("update market.listing set held_milli = held_milli + 1001 where id = @listing", "listing_not_oversold")]
    [InlineData("update market.listing set held_milli = -1 where id = @listing", "listing_held_milli_check")]
    [InlineData("update market.capacity_use set compute_milli = 1001 where device_id = 'd0'", "capacity_use_one_card")]
    [InlineData("update market.capacity_use set memory_mib = memory_limit_mib + 1 where device_id = 'd0'", "capacity_use_memory")]
    [InlineData("update market.capacity_use set compute_milli = -1 where device_id = 'd0'", "capacity_use_not_negative")]
    public async Task The_database_refuses_an_oversale_even_when_the_code_is_wrong(string sql, string constraint)
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(1);
        await world.Hold($"guard-{constraint}", World.Card(shop, 0));
        await using var command = db.DataSource.CreateCommand(sql);
        command.Parameters.AddWithValue("listing", shop.ListingId);
        var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(constraint, error.ConstraintName);
    }

    [Theory]
    [InlineData("update market.price_version set price_per_card_hour = 0")]
    [InlineData("delete from market.price_version")]
    [InlineData("update market.capacity_grant set compute_milli = 0")]
    [InlineData("delete from market.capacity_claim")]
    public async Task History_cannot_be_rewritten(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    [Fact]
    public async Task The_center_sees_the_claims_on_its_cluster_and_another_center_does_not()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        Actor other = await world.Party(PartyKinds.Center);
        await world.Hold("seen", World.Card(shop, 0));
        Assert.Single(
            await world.As<ICapacity, IReadOnlyList<ClaimView>>(shop.Owner, c => c.ActiveOfClusterAsync(shop.ClusterId, default))
        );
        Assert.Single(
            await world.As<ICapacity, IReadOnlyList<ClaimView>>(World.Desk, c => c.ActiveOfClusterAsync(shop.ClusterId, default))
        );
        Assert.Empty(await world.As<ICapacity, IReadOnlyList<ClaimView>>(other, c => c.ActiveOfClusterAsync(shop.ClusterId, default)));
    }

    private static async Task<string> Reconnect(World world, Shop shop, int cards)
    {
        string site = (await world.As<ISupply, IReadOnlyList<SiteView>>(shop.Owner, s => s.SitesAsync(default)))[0].Id;
        world.Clusters.Put(shop.ClusterId, site, FakeClusters.Nodes(shop.ClusterId, cards));
        return shop.ClusterId;
    }
}
