using Marketplace.Market.Contracts;
using Marketplace.Market.Features.Catalog;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Market.Tests;

public sealed partial class CatalogTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly Actor Customer = new("org_customer", PartyKinds.Customer, MemberRole.Owner);

    [Fact]
    public async Task Each_filter_keeps_what_it_names()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Center | PartyKinds.Operator, "Filter House");
        string h100 = await Put("H100-80G", 8, 20m, "cn-filter-1", "CN", SiteTier.Cloud, 81_920, "NVIDIA", "CUDA");
        string ascend = await Put("Ascend910B2", 16, 9m, "de-filter-1", "DE", SiteTier.Edge, 65_536, "Ascend", "CANN");
        string cpu = await PutCpu("sg-filter-1");

        await Finds(new OfferSearch(), h100, ascend, cpu);
        await Finds(new OfferSearch { DeviceModels = ["h100-80g"] }, h100);
        await Finds(new OfferSearch { Vendors = ["Ascend"] }, ascend);
        await Finds(new OfferSearch { Stacks = ["CUDA", "CANN"] }, h100, ascend);
        await Finds(new OfferSearch { Regions = ["de-filter-1"] }, ascend);
        await Finds(new OfferSearch { Countries = ["CN", "SG"] }, h100, cpu);
        await Finds(new OfferSearch { Tiers = [SiteTier.Edge] }, ascend);
        await Finds(new OfferSearch { Class = ContractClass.OnDemand }, h100, ascend, cpu);
        await Finds(new OfferSearch { Class = ContractClass.IdleFill });
        await Finds(new OfferSearch { MinFreeCards = 9 }, ascend, cpu);
        await Finds(new OfferSearch { MinMemoryMib = 70_000 }, h100);
        await Finds(new OfferSearch { MaxPricePerCardHour = 11.25m }, ascend, cpu);
        await Finds(new OfferSearch { MaxPricePerCardHour = 11.24m }, cpu);
        await Finds(new OfferSearch { Currency = "EUR" });
        await Finds(new OfferSearch { Text = "ascend edge" });
        await Finds(new OfferSearch { Text = "CANN de-filter" }, ascend);

        async Task Finds(OfferSearch search, params string[] expected)
        {
            SearchResult result = await world.Search(Customer, search with { Text = $"filter house {search.Text}", Limit = 1000 });
            Assert.Equal(expected.Order(StringComparer.Ordinal), result.Matches.Select(m => m.Offer.Id).Order(StringComparer.Ordinal));
            Assert.Equal(expected.Length, result.Total);
        }

        async Task<string> Put(
            string model,
            int cards,
            decimal price,
            string region,
            string country,
            SiteTier tier,
            int memoryMib,
            string vendor,
            string stack
        )
        {
            string cluster = await world.Cluster(owner, cards, model, null, region, country, tier, memoryMib, vendor, stack);
            ListingView listing = await world.Listing(owner, World.Wish(cluster, cards, price, model));
            return (await world.Offer(owner, listing.Id)).Id;
        }

        async Task<string> PutCpu(string region)
        {
            string cluster = await world.Cluster(owner, 1, region: region, country: "SG");
            ListingView listing = await world.Listing(owner, World.Wish(cluster, 48, 0.1m, model: null));
            return (await world.Offer(owner, listing.Id)).Id;
        }
    }

    [Fact]
    public async Task Orders_are_by_work_price_free_cards_and_memory_and_a_minus_reverses()
    {
        await using var world = new World(db);
        string h200 = (await Put("H200", 30m, 141_000, 4)).OfferId;
        string h100 = (await Put("H100-80G", 20m, 81_920, 8)).OfferId;
        string k100 = (await Put("K100-AI", 5m, 65_536, 2)).OfferId;
        // Per million tokens: H200 37.5/(4414.5875·3600)·1e6 = 2.36, H100 25/(3902.4688·3600)·1e6 = 1.78; the Hygon card was never measured.
        Assert.Equal([h100, h200, k100], await Order("work"));
        Assert.Equal([k100, h100, h200], await Order("price"));
        Assert.Equal([h200, h100, k100], await Order("-price"));
        Assert.Equal([h100, h200, k100], await Order("free"));
        Assert.Equal([h200, h100, k100], await Order("memory"));
        await Assert.ThrowsAsync<ArgumentException>(() => Order("name"));
        SearchResult result = await world.Search(Customer, new OfferSearch { Text = "own shop", Work = "llama2-70b" });
        OfferMatch match = result.Matches.Single(m => m.Offer.Id == h100);
        Assert.Equal((3902.4688, 1.7795m), (match.Throughput!.Value, decimal.Round(match.PricePerWork!.Value, 6)));
        Assert.Contains("MLPerf", match.ThroughputSource, StringComparison.Ordinal);
        OfferMatch unmeasured = result.Matches.Single(m => m.Offer.Id == k100);
        Assert.Equal((null, null, null), (unmeasured.Throughput, unmeasured.PricePerWork, unmeasured.ThroughputSource));

        async Task<IReadOnlyList<string>> Order(string sort) =>
            [
                .. (
                    await world.Search(
                        Customer,
                        new OfferSearch
                        {
                            Text = "sorted",
                            Work = "llama2-70b",
                            Sort = sort,
                        }
                    )
                ).Matches.Select(m => m.Offer.Id),
            ];

        async Task<Shop> Put(string model, decimal price, int memoryMib, int cards)
        {
            Actor owner = await world.Party(PartyKinds.Center | PartyKinds.Operator, "Own Shop Sorted");
            string cluster = await world.Cluster(owner, cards, model, memoryMib: memoryMib);
            ListingView listing = await world.Listing(owner, World.Wish(cluster, cards, price, model));
            return new Shop(owner, cluster, listing.Id, (await world.Offer(owner, listing.Id)).Id);
        }
    }

    [Fact]
    public async Task The_market_is_as_fresh_as_the_last_commit()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        Assert.Equal(8, await Free());
        await world.Hold("h", World.Card(shop, 0), World.Card(shop, 1));
        Assert.Equal(6, await Free());
        await world.Sell("h", "c");
        Assert.Equal(6, await Free());
        await world.Release("c");
        Assert.Equal(8, await Free());
        await world.HoldFor("short", TimeSpan.FromMinutes(1), World.Card(shop, 3));
        Assert.Equal(7, await Free());
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(8, await Free());
        world.Clusters.Silence(shop.ClusterId);
        Assert.Null(await Free());
        world.Clusters.Silence(shop.ClusterId, false);
        await Decide(shop.Owner.PartyId, PartyState.Suspended);
        Assert.Null(await Free());
        await Decide(shop.Owner.PartyId, PartyState.Approved);
        Assert.Equal(8, await Free());
        await world.As<IOffers, Outcome<OfferView>>(shop.Owner, o => o.ChangeStateAsync(shop.OfferId, OfferState.Paused, default));
        Assert.Null(await Free());

        async Task<int?> Free() =>
            (await world.Search(Customer, new OfferSearch { Limit = 1000 }))
                .Matches.SingleOrDefault(m => m.Offer.Id == shop.OfferId)
                ?.Offer.FreeCards;

        Task Decide(string party, PartyState to) =>
            world.As<IParties, Outcome<PartyView>>(World.Desk, p => p.DecideAsync(party, to, "because", default));
    }

    /// <summary>A transaction that started before a read and commits after it is not missed by the next.</summary>
    [Fact]
    public async Task A_commit_that_overtakes_a_read_is_seen_by_the_next_read()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var slow = await connection.BeginTransactionAsync();
        await using var rename = connection.CreateCommand();
        rename.CommandText = "update market.offer set title = 'Renamed late', revision = revision + 1 where id = @id";
        rename.Parameters.AddWithValue("id", shop.OfferId);
        await rename.ExecuteNonQueryAsync();
        // Younger transactions commit first and are read first.
        for (int i = 0; i < 3; i++)
        {
            await world.Hold($"young-{i}", World.Card(shop, i));
            Assert.Equal("Fast cards", await Title());
        }
        await slow.CommitAsync();
        Assert.Equal("Renamed late", await Title());

        async Task<string> Title() =>
            (await world.Search(Customer, new OfferSearch { Limit = 1000 })).Matches.Single(m => m.Offer.Id == shop.OfferId).Offer.Title;
    }

    [Fact]
    public async Task An_open_transaction_does_not_leak_into_what_others_see()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(8);
        var result = await world.As<Market.Features.Capacity.Capacity, int>(
            Actor.System,
            async capacity =>
            {
                Assert.True(
                    (await capacity.HoldAsync(world.Ref("kept"), [World.Card(shop, 0)], world.Time.GetUtcNow().AddMinutes(1), default)).IsOk
                );
                return 0;
            }
        );
        Assert.Equal(0, result);
        Assert.Equal(7, await Free());
        await using var scope = world.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var context = scope.ServiceProvider.GetRequiredService<Platform.Data.MarketplaceDbContext>();
        await using (var open = await context.Database.BeginTransactionAsync())
        {
            var inner = scope.ServiceProvider.GetRequiredService<ICapacity>();
            Assert.True(
                (await inner.HoldAsync(world.Ref("undone"), [World.Card(shop, 1)], world.Time.GetUtcNow().AddMinutes(1), default)).IsOk
            );
            Assert.Equal(7, await Free());
        }
        Assert.Equal(7, await Free());

        async Task<int> Free() =>
            (await world.Search(Customer, new OfferSearch { Limit = 1000 }))
                .Matches.Single(m => m.Offer.Id == shop.OfferId)
                .Offer.FreeCards;
    }

    [Fact]
    public async Task Terms_carry_exact_prices_commission_and_the_operator_s_tax()
    {
        await using var world = new World(db, new() { ["Market:CommissionRate"] = "0.05", ["Market:TaxRates:SE"] = "0.25" });
        Actor center = await world.Party(PartyKinds.Center);
        Actor reseller = await world.Party(PartyKinds.Operator, country: "SE");
        ListingView listing = await world.Listing(center, World.Wish(await world.Cluster(center, 8), 8, 2.35m));
        await world.Grant(center, listing.Id, reseller);
        OfferView offer = await world.Offer(reseller, listing.Id, 0.1234m);
        TradeTerms terms = (await Terms(ContractClass.OnDemand)).Value;
        Assert.Equal(
            (2.639990m, 2.35m, 0.05m, 0.25m, "SE"),
            (terms.RetailPerCardHour, terms.WholesalePerCardHour, terms.CommissionRate, terms.TaxRate, terms.TaxJurisdiction)
        );
        Assert.Equal((1, center.PartyId, reseller.PartyId), (terms.ListingPriceVersion, terms.CenterId, terms.OperatorId));
        Assert.Equal("/class", (await Terms(ContractClass.Reserved)).Problem!.Errors[0].Pointer);
        await world.As<ISupply, Outcome<ListingView>>(center, s => s.ChangePriceAsync(listing.Id, 3m, null, default));
        Assert.Equal(
            (2, 3.3702m),
            ((await Terms(ContractClass.OnDemand)).Value.ListingPriceVersion, (await Terms(ContractClass.OnDemand)).Value.RetailPerCardHour)
        );
        await world.As<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(listing.Id, ListingState.Paused, default));
        Assert.Equal("offer-not-on-sale", (await Terms(ContractClass.OnDemand)).Problem!.Code);

        Task<Outcome<TradeTerms>> Terms(ContractClass wanted) =>
            world.As<IMarketCatalog, Outcome<TradeTerms>>(Customer, c => c.TermsAsync(offer.Id, wanted, default));
    }

    [Fact]
    public async Task The_snapshot_offers_what_claims_leave_and_the_scheduler_s_choice_can_be_held()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(16);
        await world.Hold("taken", [.. Enumerable.Range(0, 5).Select(i => World.Card(shop, i, cpuMilli: 2000))]);
        var filter = new SnapshotFilter { Currency = "CNY", OfferId = shop.OfferId };
        SupplySnapshot snapshot = await Snapshot(filter);
        Scheduling.Model.Offer offer = Assert.Single(snapshot.Offers);
        Assert.Equal((11, 12_500_000L), (offer.AvailableCards, offer.PricePerCardHour));
        Assert.Equal(86_000, snapshot.Nodes.Single(n => n.Id.EndsWith("n0", StringComparison.Ordinal)).FreeCpuMilli);
        Assert.Same(snapshot, await Snapshot(filter));
        var request = new PlacementRequest
        {
            Id = "r",
            Roles =
            [
                new Role(
                    "main",
                    11,
                    [
                        new Variant
                        {
                            Name = "v",
                            DeviceModel = "H100-80G",
                            CardsPerReplica = 1,
                            CpuMilli = 1000,
                            MemoryMib = 100,
                        },
                    ]
                ),
            ],
        };
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        RolePlacement role = Assert.Single(placed.Roles);
        var grants = role.Replicas.SelectMany(r =>
            r.Devices.Select(d => new CapacityGrant(r.NodeId, d.DeviceId, d.ComputeMilli, d.MemoryMib, 1000, 100))
        );
        Assert.True((await world.Hold("planned", new CapacityRequest(role.ListingId!, role.CardMilli, [.. grants]))).IsOk);
        SupplySnapshot after = await Snapshot(filter);
        Assert.Equal(0, Assert.Single(after.Offers).AvailableCards);
        Assert.IsType<Refused>(Scheduler.Decide(after, request));
        // Planned again as if its own claim were free.
        CapacityGrant[] all = [.. grants];
        Assert.Equal(all.Length, await Free([]));
        Assert.Equal(all.Length - 1, await Free([all[0]]));

        async Task<int> Free(IReadOnlyList<CapacityGrant> keep)
        {
            SupplySnapshot? cluster = await world.As<IMarketCatalog, SupplySnapshot?>(
                Actor.System,
                c => c.ClusterAsync(after.Clusters[0].Id, world.Ref("planned"), keep, default)
            );
            Assert.Empty(cluster!.Offers);
            return cluster.Nodes.Sum(n => n.Devices.Count(d => d.FreeComputeMilli == Device.FullComputeMilli));
        }

        Task<SupplySnapshot> Snapshot(SnapshotFilter wanted) =>
            world.As<IMarketCatalog, SupplySnapshot>(Customer, c => c.SnapshotAsync(wanted, default));
    }

    [Fact]
    public async Task Shares_are_offered_only_where_the_listing_sells_them()
    {
        await using var world = new World(db);
        Shop whole = await world.Shop(2, sharing: new FractionSharing());
        Shop shared = await world.Shop(2, shared: true);
        var half = new PlacementRequest
        {
            Id = "half",
            Roles =
            [
                new Role(
                    "main",
                    1,
                    [
                        new Variant
                        {
                            Name = "v",
                            DeviceModel = "H100-80G",
                            CardsPerReplica = 1,
                            ComputeMilli = 500,
                        },
                    ]
                ),
            ],
        };
        Assert.IsType<Refused>(Scheduler.Decide(await Snapshot(whole), half));
        var placed = Assert.IsType<Placed>(Scheduler.Decide(await Snapshot(shared), half));
        Assert.Equal(500, placed.Roles[0].CardMilli);
        await world.Hold("share", World.Card(shared, 0, 300, 20_000));
        Scheduling.Model.Offer left = Assert.Single((await Snapshot(shared)).Offers);
        Assert.Equal((1, 700), (left.AvailableCards, left.AvailableRemainderMilli));

        Task<SupplySnapshot> Snapshot(Shop shop) =>
            world.As<IMarketCatalog, SupplySnapshot>(
                Customer,
                c => c.SnapshotAsync(new SnapshotFilter { Currency = "CNY", OfferId = shop.OfferId }, default)
            );
    }

    [Fact]
    public async Task An_announced_price_enters_the_snapshot_when_its_time_comes()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(2);
        await world.As<ISupply, Outcome<ListingView>>(
            shop.Owner,
            s => s.ChangePriceAsync(shop.ListingId, 20m, world.Time.GetUtcNow().AddHours(1), default)
        );
        Assert.Equal(12_500_000L, await Price());
        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(25_000_000L, await Price());

        async Task<long> Price() =>
            Assert
                .Single(
                    (
                        await world.As<IMarketCatalog, SupplySnapshot>(
                            Customer,
                            c => c.SnapshotAsync(new SnapshotFilter { Currency = "CNY", OfferId = shop.OfferId }, default)
                        )
                    ).Offers
                )
                .PricePerCardHour;
    }
}
