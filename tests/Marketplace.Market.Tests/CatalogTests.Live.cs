using Marketplace.Market.Contracts;
using Marketplace.Market.Features.Catalog;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Market.Tests;

/// <summary>What the catalogue does when clusters misbehave or figures are asked for.</summary>
public sealed partial class CatalogTests
{
    [Fact]
    public async Task A_cluster_that_reports_nonsense_is_left_out_and_the_others_trade_on()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Center | PartyKinds.Operator);
        string good = await Sell();
        string bad = await Sell();
        string site = (await world.As<ISupply, IReadOnlyList<SiteView>>(owner, s => s.SitesAsync(default)))[1].Id;
        Node node = FakeClusters.Nodes(bad, 2)[0];
        world.Clusters.Put(bad, site, [node with { FreeCpuMilli = node.CpuMilli + 1 }]);
        var filter = new SnapshotFilter { Currency = "CNY", OperatorId = owner.PartyId };
        SupplySnapshot snapshot = await world.As<IMarketCatalog, SupplySnapshot>(Customer, c => c.SnapshotAsync(filter, default));
        Assert.Equal([good], snapshot.Offers.Select(o => o.ClusterId));

        async Task<string> Sell()
        {
            string cluster = await world.Cluster(owner, 2);
            await world.Offer(owner, (await world.Listing(owner, World.Wish(cluster, 2))).Id);
            return cluster;
        }
    }

    [Fact]
    public async Task Own_capacity_goes_before_bought_capacity()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        Actor both = shop.Owner with { Kinds = shop.Owner.Kinds | PartyKinds.Customer };
        Assert.Equal((0, 1), (await Precedence(both), await Precedence(Customer)));

        async Task<int> Precedence(Actor actor) =>
            Assert
                .Single(
                    (
                        await world.As<IMarketCatalog, SupplySnapshot>(
                            actor,
                            c => c.SnapshotAsync(new SnapshotFilter { Currency = "CNY", OfferId = shop.OfferId }, default)
                        )
                    ).Offers
                )
                .Precedence;
    }

    [Fact]
    public async Task Wholesale_is_shown_in_search_to_its_operator_and_the_desk_alone()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        Actor other = await world.Party(PartyKinds.Operator);
        Assert.Equal(
            (10m, 10m, null, null),
            (await Wholesale(shop.Owner), await Wholesale(World.Desk), await Wholesale(other), await Wholesale(Customer))
        );

        async Task<decimal?> Wholesale(Actor actor) =>
            (await world.Search(actor, new OfferSearch { Limit = 1000 }))
                .Matches.Single(m => m.Offer.Id == shop.OfferId)
                .Offer.WholesalePerCardHour;
    }

    [Fact]
    public async Task Sixty_searches_at_once_share_a_few_reads()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        var results = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(_ => Task.Run(() => world.Search(Customer, new OfferSearch { Limit = 1000 })))
        );
        Assert.All(results, r => Assert.Contains(r.Matches, m => m.Offer.Id == shop.OfferId));
    }
}
