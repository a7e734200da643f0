using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

public sealed class SupplyTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_listing_above_the_inventory_is_refused_and_says_how_much_would_do()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        string cluster = await world.Cluster(center, 8);
        Problem above = (await Create(world, center, World.Wish(cluster, 9))).Problem!;
        Assert.Equal(("/cards", "Offer at most 8."), (above.Errors[0].Pointer, above.Errors[0].Fix));
        await world.Listing(center, World.Wish(cluster, 5));
        Problem together = (await Create(world, center, World.Wish(cluster, 4))).Problem!;
        Assert.Contains("5 of them are in other listings", together.Errors[0].Message, StringComparison.Ordinal);
        Assert.Equal("Offer at most 3.", together.Errors[0].Fix);
        Assert.True((await Create(world, center, World.Wish(cluster, 3))).IsOk);
    }

    [Fact]
    public async Task Two_listings_at_once_cannot_both_take_the_last_cards()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        string cluster = await world.Cluster(center, 8);
        var results = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Task.Run(() => Create(world, center, World.Wish(cluster, 3))))
        );
        Assert.Equal(2, results.Count(r => r.IsOk));
    }

    [Theory]
    [InlineData("/cards")]
    [InlineData("/minCards")]
    [InlineData("/pricePerCardHour")]
    [InlineData("/currency")]
    [InlineData("/classes")]
    [InlineData("/sla")]
    [InlineData("/title")]
    [InlineData("/clusterId")]
    [InlineData("/deviceModel")]
    public async Task A_wrong_field_is_named(string pointer)
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        CreateListing good = World.Wish(await world.Cluster(center, 8), 4);
        CreateListing bad = pointer switch
        {
            "/cards" => good with { Cards = 0, MinCards = 0 },
            "/minCards" => good with { MinCards = 5 },
            "/pricePerCardHour" => good with { PricePerCardHour = 0.0000000000000000001m },
            "/currency" => good with { Currency = "GBP" },
            "/classes" => good with { Classes = [ContractClass.OnDemand, ContractClass.OnDemand] },
            "/sla" => good with { Sla = 1.1m },
            "/title" => good with { Title = "" },
            "/clusterId" => good with { ClusterId = "clu_none" },
            _ => good with { DeviceModel = "Ascend910B2" },
        };
        Assert.Contains((await Create(world, center, bad)).Problem!.Errors, e => e.Pointer == pointer && e.Fix.Length > 0);
    }

    [Fact]
    public async Task Processor_cores_are_listed_without_a_model()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        string cluster = await world.Cluster(center, 8);
        Assert.Equal("Offer at most 96.", (await Create(world, center, World.Wish(cluster, 97, model: null))).Problem!.Errors[0].Fix);
        Assert.Null((await Create(world, center, World.Wish(cluster, 96, model: null))).Value.DeviceModel);
    }

    [Fact]
    public async Task A_price_is_added_never_changed_and_takes_effect_on_its_day()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        ListingView listing = await world.Listing(center, World.Wish(await world.Cluster(center, 8), 4, 2.123456789012345678m));
        Assert.Equal(2.123456789012345678m, listing.PricePerCardHour);
        DateTimeOffset tomorrow = world.Time.GetUtcNow().AddDays(1);
        Assert.Equal((1, 2.123456789012345678m), Price(await ChangePrice(world, center, listing.Id, 3m, tomorrow)));
        world.Time.Advance(TimeSpan.FromDays(1));
        ListingView later = (await world.As<ISupply, ListingView?>(center, s => s.FindListingAsync(listing.Id, default)))!;
        Assert.Equal((2, 3m), (later.PriceVersion, later.PricePerCardHour));
        Assert.Equal("/effectiveFrom", (await ChangePrice(world, center, listing.Id, 3m, tomorrow.AddDays(-1))).Problem!.Errors[0].Pointer);
        Assert.Equal("/pricePerCardHour", (await ChangePrice(world, center, listing.Id, -1m, null)).Problem!.Errors[0].Pointer);
        var prices = await world.As<ISupply, IReadOnlyList<PriceVersionView>>(center, s => s.PricesAsync(listing.Id, default));
        Assert.Equal([(2, 3m), (1, 2.123456789012345678m)], prices.Select(p => (p.Version, p.PricePerCardHour)));

        static (int, decimal) Price(Outcome<ListingView> outcome) => (outcome.Value.PriceVersion, outcome.Value.PricePerCardHour);
    }

    [Fact]
    public async Task The_quantity_stays_between_what_is_sold_and_what_is_there()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        await world.Hold("three", [.. Enumerable.Range(0, 3).Select(i => World.Card(shop, i))]);
        Problem below = (await Resize(world, shop.Owner, shop.ListingId, 2)).Problem!;
        Assert.Equal(("/cards", "Offer at least 3, or wait until contracts end."), (below.Errors[0].Pointer, below.Errors[0].Fix));
        Assert.Equal((3, 0), Shape((await Resize(world, shop.Owner, shop.ListingId, 3)).Value));
        Assert.Equal("/cards", (await Resize(world, shop.Owner, shop.ListingId, 9)).Problem!.Errors[0].Pointer);
        Assert.Equal((8, 5), Shape((await Resize(world, shop.Owner, shop.ListingId, 8)).Value));

        static (int, int) Shape(ListingView listing) => (listing.Cards, listing.FreeCards);
    }

    [Fact]
    public async Task When_cards_break_the_listing_shows_the_shortage_and_sells_only_what_is_there()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        string site = (await world.As<ISupply, IReadOnlyList<SiteView>>(shop.Owner, s => s.SitesAsync(default)))[0].Id;
        Node node = FakeClusters.Nodes(shop.ClusterId, 8)[0];
        world.Clusters.Put(shop.ClusterId, site, [node with { Devices = [.. node.Devices.Select((d, i) => d with { Healthy = i < 5 })] }]);
        ListingView short3 = await world.Look(shop);
        Assert.Equal((8, 5, 3), (short3.Cards, short3.FreeCards, short3.ShortCards));
        Assert.Equal(
            5,
            (await world.Search(shop.Owner, new OfferSearch { Text = "own shop" }))
                .Matches.Single(m => m.Offer.Id == shop.OfferId)
                .Offer.FreeCards
        );
        Assert.Equal("capacity-taken", (await world.Hold("broken", World.Card(shop, 6))).Problem!.Code);
        Assert.True((await world.Hold("healthy", [.. Enumerable.Range(0, 5).Select(i => World.Card(shop, i))])).IsOk);
        Assert.Equal((0, 5), ((await world.Look(shop)).FreeCards, (await world.Look(shop)).HeldCards));
    }

    [Fact]
    public async Task Only_an_approved_center_goes_live()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center, approved: false);
        ListingView draft = await world.Listing(center, World.Wish(await world.Cluster(center, 8), 8), live: false);
        Assert.Equal("party-not-approved", (await ChangeState(world, center, draft.Id, ListingState.Live)).Problem!.Code);
        await world.As<IParties, Outcome<PartyView>>(World.Desk, p => p.DecideAsync(center.PartyId, PartyState.Approved, "", default));
        Assert.Equal(ListingState.Live, (await ChangeState(world, center, draft.Id, ListingState.Live)).Value.State);
    }

    [Fact]
    public async Task Every_forbidden_listing_step_is_a_conflict_and_changes_nothing()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        string cluster = await world.Cluster(center, 96);
        foreach (var (from, to) in StateTables.Listing.Forbidden())
        {
            string id = (await Create(world, center, World.Wish(cluster, 1))).Value.Id;
            ListingState[] way = from switch
            {
                ListingState.Draft => [],
                ListingState.Paused => [ListingState.Live, ListingState.Paused],
                _ => [from],
            };
            foreach (ListingState step in way)
                await ChangeState(world, center, id, step);
            Assert.Equal("illegal-transition", (await ChangeState(world, center, id, to)).Problem!.Code);
            Assert.Equal(from, (await world.As<ISupply, ListingView?>(center, s => s.FindListingAsync(id, default)))!.State);
        }
    }

    [Fact]
    public async Task Another_center_neither_sees_nor_changes_a_listing_or_lists_a_foreign_cluster()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        Actor other = await world.Party(PartyKinds.Center);
        string cluster = await world.Cluster(center, 8);
        ListingView listing = await world.Listing(center, World.Wish(cluster, 4));
        Assert.Null(await world.As<ISupply, ListingView?>(other, s => s.FindListingAsync(listing.Id, default)));
        Assert.Empty(await world.As<ISupply, IReadOnlyList<PriceVersionView>>(other, s => s.PricesAsync(listing.Id, default)));
        Assert.Empty((await world.As<ISupply, Page<ListingView>>(other, s => s.ListingsAsync(new ListingQuery(), default))).Items);
        Assert.Equal(ProblemKind.NotFound, (await ChangePrice(world, other, listing.Id, 1, null)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await Resize(world, other, listing.Id, 1)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await ChangeState(world, other, listing.Id, ListingState.Paused)).Problem!.Kind);
        Assert.Equal("/clusterId", (await Create(world, other, World.Wish(cluster, 1))).Problem!.Errors[0].Pointer);
        Assert.Empty(await world.As<ISupply, IReadOnlyList<SiteView>>(other, s => s.SitesAsync(default)));
        // The desk sees all and, not being a center, changes nothing.
        Assert.NotNull(await world.As<ISupply, ListingView?>(World.Desk, s => s.FindListingAsync(listing.Id, default)));
        Assert.Equal(ProblemKind.Forbidden, (await ChangeState(world, World.Desk, listing.Id, ListingState.Paused)).Problem!.Kind);
        var viewer = center with { Role = MemberRole.Viewer };
        Assert.Equal(ProblemKind.Forbidden, (await ChangeState(world, viewer, listing.Id, ListingState.Paused)).Problem!.Kind);
    }

    [Fact]
    public async Task A_site_is_known_to_all_and_its_center_only_to_the_trade()
    {
        await using var world = new World(db);
        Actor center = await world.Party(PartyKinds.Center);
        SiteView site = await world.Site(center);
        Actor customer = await world.Party(PartyKinds.Customer);
        Actor reseller = await world.Party(PartyKinds.Operator);
        Assert.Equal("", (await world.As<ISupply, SiteView?>(customer, s => s.FindSiteAsync(site.Id, default)))!.CenterId);
        Assert.Equal(center.PartyId, (await world.As<ISupply, SiteView?>(reseller, s => s.FindSiteAsync(site.Id, default)))!.CenterId);
        Assert.Equal(
            ProblemKind.Forbidden,
            (
                await world.As<ISupply, Outcome<SiteView>>(
                    customer,
                    s => s.CreateSiteAsync(new CreateSite("x", "x", "r", "CN", SiteTier.Edge, 0, 0), default)
                )
            )
                .Problem!
                .Kind
        );
        Problem wrong = (
            await world.As<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite("", "", "No Region", "C", SiteTier.Edge, 91, 181), default)
            )
        ).Problem!;
        Assert.Equal(["/name", "/region", "/country", "/latitude", "/longitude"], wrong.Errors.Select(e => e.Pointer));
    }

    [Fact]
    public async Task The_suggested_price_is_what_the_market_of_a_region_asks_now()
    {
        await using var world = new World(db);
        foreach (decimal price in new[] { 9m, 12m, 10m, 30m })
        {
            Actor center = await world.Party(PartyKinds.Center);
            await world.Listing(
                center,
                World.Wish(await world.Cluster(center, 8, "L40S", region: "cn-suggest-1"), 8, price, "L40S"),
                live: price < 30
            );
        }
        Actor asker = await world.Party(PartyKinds.Center);
        PriceSuggestion here = await Suggest("cn-suggest-1");
        Assert.Equal((10m, 9m, 12m, 3), (here.Median!.Value, here.Lowest!.Value, here.Highest!.Value, here.Listings));
        PriceSuggestion nowhere = await Suggest("cn-nowhere-1");
        Assert.Equal((null, 0), (nowhere.Median, nowhere.Listings));

        Task<PriceSuggestion> Suggest(string region) =>
            world.As<ISupply, PriceSuggestion>(asker, s => s.SuggestPriceAsync("L40S", region, Currency.Cny, default));
    }

    private static Task<Outcome<ListingView>> Create(World world, Actor actor, CreateListing wish) =>
        world.As<ISupply, Outcome<ListingView>>(actor, s => s.CreateListingAsync(wish, default));

    private static Task<Outcome<ListingView>> ChangePrice(World world, Actor actor, string id, decimal price, DateTimeOffset? from) =>
        world.As<ISupply, Outcome<ListingView>>(actor, s => s.ChangePriceAsync(id, price, from, default));

    private static Task<Outcome<ListingView>> Resize(World world, Actor actor, string id, int cards) =>
        world.As<ISupply, Outcome<ListingView>>(actor, s => s.ResizeAsync(id, cards, default));

    private static Task<Outcome<ListingView>> ChangeState(World world, Actor actor, string id, ListingState to) =>
        world.As<ISupply, Outcome<ListingView>>(actor, s => s.ChangeStateAsync(id, to, default));
}
