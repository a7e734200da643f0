using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

public sealed class ResaleTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_operator_asks_the_center_grants_and_both_see_it()
    {
        await using var world = new World(db);
        var (center, reseller, listing) = await Trade(world);
        Page<ListingView> open = await Open(world, reseller, listing);
        Assert.Equal([listing.Id], open.Items.Select(l => l.Id));
        AuthorizationView asked = (await Request(world, reseller, listing.Id)).Value;
        Assert.Equal(AuthorizationState.Requested, asked.State);
        Assert.Empty((await Open(world, reseller, listing)).Items);
        Assert.Equal("authorization-exists", (await Request(world, reseller, listing.Id)).Problem!.Code);
        AuthorizationView granted = (await world.Grant(center, listing.Id, reseller, 0.1m, 0.4m)).Value;
        Assert.Equal((asked.Id, AuthorizationState.Granted, 0.1m, 0.4m), (granted.Id, granted.State, granted.MinMarkup, granted.MaxMarkup));
        Assert.Equal([granted.Id], (await List(world, reseller)).Select(a => a.Id));
        Assert.Equal([granted.Id], (await List(world, center)).Select(a => a.Id));
        Assert.Empty(await List(world, await world.Party(PartyKinds.Operator | PartyKinds.Center)));
    }

    [Theory]
    [InlineData(-0.1, 0.5, "/minMarkup")]
    [InlineData(0.00001, 0.5, "/minMarkup")]
    [InlineData(0.5, 0.4, "/maxMarkup")]
    [InlineData(0.5, 9, "/maxMarkup")]
    public async Task Limits_are_checked(double min, double max, string pointer)
    {
        await using var world = new World(db);
        var (center, reseller, listing) = await Trade(world);
        Assert.Equal(pointer, (await world.Grant(center, listing.Id, reseller, (decimal)min, (decimal)max)).Problem!.Errors[0].Pointer);
    }

    [Fact]
    public async Task Only_the_center_decides_and_only_about_its_own_listing()
    {
        await using var world = new World(db);
        var (center, reseller, listing) = await Trade(world);
        Actor other = await world.Party(PartyKinds.Center | PartyKinds.Operator);
        AuthorizationView asked = (await Request(world, reseller, listing.Id)).Value;
        Assert.Equal(ProblemKind.NotFound, (await world.Grant(other, listing.Id, reseller)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await Decline(world, other, asked.Id)).Problem!.Kind);
        Assert.Equal(ProblemKind.Forbidden, (await Decline(world, reseller, asked.Id)).Problem!.Kind);
        // An operator that is also a center still decides nothing about somebody else's listing.
        Actor both = reseller with
        {
            Kinds = PartyKinds.Operator | PartyKinds.Center,
        };
        Assert.Equal(ProblemKind.NotFound, (await Decline(world, both, asked.Id)).Problem!.Kind);
        Assert.Equal("/operatorId", (await world.Grant(center, listing.Id, center)).Problem!.Errors[0].Pointer);
        Assert.Equal(AuthorizationState.Declined, (await Decline(world, center, asked.Id)).Value.State);
    }

    [Fact]
    public async Task Every_forbidden_step_of_an_authorisation_is_a_conflict()
    {
        await using var world = new World(db);
        foreach (
            var (from, to) in StateTables
                .Authorization.Forbidden()
                .Where(p => p.To is AuthorizationState.Declined or AuthorizationState.Revoked)
        )
        {
            var (center, reseller, listing) = await Trade(world);
            string id = (await Request(world, reseller, listing.Id)).Value.Id;
            if (from is AuthorizationState.Granted or AuthorizationState.Revoked)
                await world.Grant(center, listing.Id, reseller);
            if (from == AuthorizationState.Revoked)
                await Revoke(world, center, id);
            if (from == AuthorizationState.Declined)
                await Decline(world, center, id);
            var outcome = to == AuthorizationState.Declined ? await Decline(world, center, id) : await Revoke(world, center, id);
            Assert.Equal("illegal-transition", outcome.Problem!.Code);
        }
    }

    [Fact]
    public async Task Without_leave_no_offer_and_a_revoked_leave_takes_the_offer_off_the_shelf()
    {
        await using var world = new World(db);
        var (center, reseller, listing) = await Trade(world);
        Assert.Equal("/listingId", (await Make(world, reseller, listing.Id, 0.2m)).Problem!.Errors[0].Pointer);
        AuthorizationView leave = (await world.Grant(center, listing.Id, reseller, 0.1m, 0.3m)).Value;
        Assert.Equal("/markup", (await Make(world, reseller, listing.Id, 0.05m)).Problem!.Errors[0].Pointer);
        OfferView offer = await world.Offer(reseller, listing.Id, 0.2m);
        Assert.True(await OnShelf(world, offer));
        await world.Grant(center, listing.Id, reseller, 0.25m, 0.3m);
        Assert.False(await OnShelf(world, offer));
        Assert.Equal("/markup", (await Markup(world, reseller, offer.Id, 0.2m)).Problem!.Errors[0].Pointer);
        Assert.True((await Markup(world, reseller, offer.Id, 0.3m)).IsOk);
        Assert.True(await OnShelf(world, offer));
        await Revoke(world, center, leave.Id);
        Assert.False(await OnShelf(world, offer));
        Assert.Equal("/listingId", (await Markup(world, reseller, offer.Id, 0.3m)).Problem!.Errors[0].Pointer);
        // A new request starts over.
        Assert.Equal(AuthorizationState.Requested, (await Request(world, reseller, listing.Id)).Value.State);
    }

    [Fact]
    public async Task A_party_that_is_both_sells_its_own_listing_without_asking()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4, price: 8m, markup: 0.5m);
        Assert.Equal("own-listing", (await Request(world, shop.Owner, shop.ListingId)).Problem!.Code);
        OfferView offer = (await world.As<IOffers, OfferView?>(shop.Owner, o => o.FindAsync(shop.OfferId, default)))!;
        Assert.Equal((12m, 8m, 0.5m), (offer.PricePerCardHour, offer.WholesalePerCardHour!.Value, offer.Markup!.Value));
    }

    [Fact]
    public async Task An_offer_s_classes_are_among_the_listing_s_and_its_fields_are_checked()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        var good = new CreateOffer(shop.ListingId, "T", 0.1m, [Scheduling.Model.ContractClass.OnDemand]);
        foreach (
            var (bad, pointer) in new[]
            {
                (good with { Classes = [Scheduling.Model.ContractClass.IdleFill] }, "/classes"),
                (good with { Classes = [] }, "/classes"),
                (good with { Title = "" }, "/title"),
                (good with { Markup = 9m }, "/markup"),
                (good with { Markup = 0.00001m }, "/markup"),
            }
        )
            Assert.Contains(
                (await world.As<IOffers, Outcome<OfferView>>(shop.Owner, o => o.CreateAsync(bad, default))).Problem!.Errors,
                e => e.Pointer == pointer
            );
    }

    [Fact]
    public async Task Every_forbidden_step_of_an_offer_is_a_conflict()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(4);
        foreach (var (from, to) in StateTables.Offer.Forbidden())
        {
            string id = (await Make(world, shop.Owner, shop.ListingId, 0)).Value.Id;
            OfferState[] way = from switch
            {
                OfferState.Draft => [],
                OfferState.Paused => [OfferState.OnSale, OfferState.Paused],
                _ => [from],
            };
            foreach (OfferState step in way)
                Assert.True((await State(world, shop.Owner, id, step)).IsOk);
            Assert.Equal("illegal-transition", (await State(world, shop.Owner, id, to)).Problem!.Code);
        }
    }

    [Fact]
    public async Task Another_operator_and_a_customer_neither_change_an_offer_nor_see_wholesale()
    {
        await using var world = new World(db);
        var (center, reseller, listing) = await Trade(world);
        await world.Grant(center, listing.Id, reseller);
        OfferView draft = await world.Offer(reseller, listing.Id, onSale: false, whiteLabel: true);
        Actor other = await world.Party(PartyKinds.Operator);
        Actor customer = await world.Party(PartyKinds.Customer);
        Assert.Null(await world.As<IOffers, OfferView?>(customer, o => o.FindAsync(draft.Id, default)));
        Assert.Equal(ProblemKind.NotFound, (await State(world, other, draft.Id, OfferState.OnSale)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await Markup(world, other, draft.Id, 0)).Problem!.Kind);
        Assert.Equal(ProblemKind.Forbidden, (await State(world, customer, draft.Id, OfferState.OnSale)).Problem!.Kind);
        Assert.Empty((await world.As<IOffers, Page<OfferView>>(other, o => o.ListAsync(new OfferQuery(), default))).Items);
        await State(world, reseller, draft.Id, OfferState.OnSale);
        foreach (Actor outsider in new[] { other, customer })
        {
            OfferView seen = (await world.As<IOffers, OfferView?>(outsider, o => o.FindAsync(draft.Id, default)))!;
            Assert.Equal((null, null, null, ""), (seen.WholesalePerCardHour, seen.Markup, seen.CenterName, seen.Site.CenterId));
        }
        OfferView own = (await world.As<IOffers, OfferView?>(reseller, o => o.FindAsync(draft.Id, default)))!;
        Assert.Equal((10m, 0.25m, "The Center"), (own.WholesalePerCardHour!.Value, own.Markup!.Value, own.CenterName));
        // The center knows its own name and site, not what the operator adds.
        OfferView theirs = (await world.As<IOffers, OfferView?>(center, o => o.FindAsync(draft.Id, default)))!;
        Assert.Equal((null, "The Center"), (theirs.Markup, theirs.CenterName));
    }

    [Fact]
    public async Task An_operator_that_is_not_approved_prepares_but_does_not_sell()
    {
        await using var world = new World(db);
        var (center, _, listing) = await Trade(world);
        Actor waiting = await world.Party(PartyKinds.Operator, approved: false);
        await world.Grant(center, listing.Id, waiting);
        OfferView draft = await world.Offer(waiting, listing.Id, onSale: false);
        Assert.Equal("party-not-approved", (await State(world, waiting, draft.Id, OfferState.OnSale)).Problem!.Code);
    }

    private static async Task<(Actor Center, Actor Operator, ListingView Listing)> Trade(World world)
    {
        Actor center = await world.Party(PartyKinds.Center, "The Center");
        Actor reseller = await world.Party(PartyKinds.Operator, "The Operator");
        return (center, reseller, await world.Listing(center, World.Wish(await world.Cluster(center, 8), 8)));
    }

    private static async Task<bool> OnShelf(World world, OfferView offer)
    {
        var customer = new Actor("org_customer", PartyKinds.Customer, MemberRole.Owner);
        bool found = (await world.Search(customer, new OfferSearch { Limit = 1000 })).Matches.Any(m => m.Offer.Id == offer.Id);
        var terms = await world.As<IMarketCatalog, Outcome<TradeTerms>>(
            customer,
            c => c.TermsAsync(offer.Id, Scheduling.Model.ContractClass.OnDemand, default)
        );
        Assert.Equal(found, terms.IsOk);
        return found;
    }

    private static Task<Outcome<AuthorizationView>> Request(World world, Actor actor, string listingId) =>
        world.As<IResale, Outcome<AuthorizationView>>(actor, r => r.RequestAsync(listingId, default));

    private static Task<Outcome<AuthorizationView>> Decline(World world, Actor actor, string id) =>
        world.As<IResale, Outcome<AuthorizationView>>(actor, r => r.DeclineAsync(id, default));

    private static Task<Outcome<AuthorizationView>> Revoke(World world, Actor actor, string id) =>
        world.As<IResale, Outcome<AuthorizationView>>(actor, r => r.RevokeAsync(id, default));

    private static Task<IReadOnlyList<AuthorizationView>> List(World world, Actor actor) =>
        world.As<IResale, IReadOnlyList<AuthorizationView>>(actor, r => r.ListAsync(default));

    private static Task<Page<ListingView>> Open(World world, Actor actor, ListingView listing) =>
        world.As<IResale, Page<ListingView>>(actor, r => r.OpenListingsAsync(new ListingQuery { ClusterId = listing.ClusterId }, default));

    private static Task<Outcome<OfferView>> Make(World world, Actor actor, string listingId, decimal markup) =>
        world.As<IOffers, Outcome<OfferView>>(
            actor,
            o => o.CreateAsync(new CreateOffer(listingId, "T", markup, [Scheduling.Model.ContractClass.OnDemand]), default)
        );

    private static Task<Outcome<OfferView>> Markup(World world, Actor actor, string id, decimal markup) =>
        world.As<IOffers, Outcome<OfferView>>(actor, o => o.ChangeMarkupAsync(id, markup, default));

    private static Task<Outcome<OfferView>> State(World world, Actor actor, string id, OfferState to) =>
        world.As<IOffers, Outcome<OfferView>>(actor, o => o.ChangeStateAsync(id, to, default));
}
