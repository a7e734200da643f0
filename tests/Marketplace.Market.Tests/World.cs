using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Market.Tests;

/// <summary>The market over one test database: parties by one line each, clusters by hand, time by hand.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly TestServices services;
    private static int worlds;
    private readonly int number = Interlocked.Increment(ref worlds);
    private int clusters;

    public World(PostgresFixture db, Dictionary<string, string?>? settings = null) =>
        services = TestServices.Over(
            db,
            add =>
            {
                add.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings ?? []).Build());
                add.AddSingleton<IClusterSupply>(Clusters);
                add.AddMarket();
            }
        );

    public FakeClusters Clusters { get; } = new();
    public ManualTimeProvider Time => services.Time;
    public IServiceProvider Services => services.Services;

    public static Actor Desk { get; } = new("org_desk", PartyKinds.Platform, MemberRole.Owner);

    public Task<TResult> As<TService, TResult>(Actor actor, Func<TService, Task<TResult>> action)
        where TService : notnull => services.ActAsync(actor, action);

    public async Task<Actor> Party(PartyKinds kinds, string name = "Somebody Else", string country = "CN", bool approved = true)
    {
        PartyView party = (
            await As<IParties, Outcome<PartyView>>(
                Actor.System,
                p => p.RegisterAsync(new RegisterParty(name, kinds, country, "CNY"), default)
            )
        ).Value;
        if (approved && party.State == PartyState.Pending)
            await As<IParties, Outcome<PartyView>>(Desk, p => p.DecideAsync(party.Id, PartyState.Approved, "", default));
        return new Actor(party.Id, kinds, MemberRole.Owner) { Name = name };
    }

    public async Task<SiteView> Site(Actor center, string region = "cn-north-1", string country = "CN", SiteTier tier = SiteTier.Cloud) =>
        (
            await As<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite($"Hall {region}", "机房", region, country, tier, 40, 116), default)
            )
        ).Value;

    /// <summary>A site with one connected cluster; returns the cluster's id.</summary>
    public async Task<string> Cluster(
        Actor center,
        int cards,
        string model = "H100-80G",
        DeviceSharing? sharing = null,
        string region = "cn-north-1",
        string country = "CN",
        SiteTier tier = SiteTier.Cloud,
        int memoryMib = 81_920,
        string vendor = "NVIDIA",
        string stack = "CUDA"
    )
    {
        SiteView site = await Site(center, region, country, tier);
        string id = $"{center.PartyId}-c{Interlocked.Increment(ref clusters)}";
        Clusters.Put(id, site.Id, FakeClusters.Nodes(id, cards, model, memoryMib, sharing, vendor, stack));
        return id;
    }

    public static CreateListing Wish(
        string clusterId,
        int cards,
        decimal price = 10m,
        string? model = "H100-80G",
        bool shared = false,
        string currency = "CNY"
    ) =>
        new()
        {
            ClusterId = clusterId,
            DeviceModel = model,
            Title = $"{model ?? "CPU"} hall",
            Cards = cards,
            PricePerCardHour = price,
            Currency = currency,
            Classes = [ContractClass.OnDemand, ContractClass.Reserved],
            AllowShared = shared,
        };

    public async Task<ListingView> Listing(Actor center, CreateListing wish, bool live = true)
    {
        ListingView listing = (await As<ISupply, Outcome<ListingView>>(center, s => s.CreateListingAsync(wish, default))).Value;
        return live
            ? (await As<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(listing.Id, ListingState.Live, default))).Value
            : listing;
    }

    public Task<Outcome<AuthorizationView>> Grant(Actor center, string listingId, Actor reseller, decimal min = 0, decimal max = 1) =>
        As<IResale, Outcome<AuthorizationView>>(center, r => r.GrantAsync(listingId, reseller.PartyId, min, max, default));

    public async Task<OfferView> Offer(
        Actor reseller,
        string listingId,
        decimal markup = 0.25m,
        bool onSale = true,
        bool whiteLabel = false,
        string title = "Fast cards"
    )
    {
        OfferView offer = (
            await As<IOffers, Outcome<OfferView>>(
                reseller,
                o => o.CreateAsync(new CreateOffer(listingId, title, markup, [ContractClass.OnDemand], whiteLabel), default)
            )
        ).Value;
        return onSale
            ? (await As<IOffers, Outcome<OfferView>>(reseller, o => o.ChangeStateAsync(offer.Id, OfferState.OnSale, default))).Value
            : offer;
    }

    /// <summary>A center that sells its own capacity: listing live, offer on sale.</summary>
    public async Task<Shop> Shop(
        int cards,
        bool shared = false,
        string model = "H100-80G",
        decimal price = 10m,
        decimal markup = 0.25m,
        DeviceSharing? sharing = null
    )
    {
        Actor owner = await Party(PartyKinds.Center | PartyKinds.Operator, "Own Shop");
        string cluster = await Cluster(owner, cards, model, sharing ?? (shared ? new FractionSharing() : null));
        ListingView listing = await Listing(owner, Wish(cluster, cards, price, model, shared));
        OfferView offer = await Offer(owner, listing.Id, markup);
        return new Shop(owner, cluster, listing.Id, offer.Id);
    }

    public static CapacityRequest Card(Shop shop, int index, int computeMilli = 1000, int memoryMib = 81_920, int cpuMilli = 1000) =>
        new(
            shop.ListingId,
            computeMilli,
            [new CapacityGrant($"{shop.ClusterId}/n{index / 8}", $"d{index % 8}", computeMilli, memoryMib, cpuMilli, 1024)]
        );

    /// <summary>A claim's reference of this world: worlds of one class share a database.</summary>
    public string Ref(string reference) => $"{number}-{reference}";

    public Task<Outcome<IReadOnlyList<ClaimView>>> Hold(string reference, params CapacityRequest[] requests) =>
        HoldFor(reference, TimeSpan.FromMinutes(10), requests);

    public Task<Outcome<IReadOnlyList<ClaimView>>> HoldFor(string reference, TimeSpan time, params CapacityRequest[] requests) =>
        As<ICapacity, Outcome<IReadOnlyList<ClaimView>>>(
            Actor.System,
            c => c.HoldAsync(Ref(reference), requests, Time.GetUtcNow() + time, default)
        );

    public Task<Outcome<Done>> Sell(string reference, string soldTo) =>
        As<ICapacity, Outcome<Done>>(Actor.System, c => c.SellAsync(Ref(reference), Ref(soldTo), default));

    public Task Release(string reference) =>
        As<ICapacity, bool>(
            Actor.System,
            async c =>
            {
                await c.ReleaseAsync(Ref(reference), default);
                return true;
            }
        );

    public async Task<ListingView> Look(Shop shop) =>
        (await As<ISupply, ListingView?>(Actor.System, s => s.FindListingAsync(shop.ListingId, default)))!;

    public Task<SearchResult> Search(Actor actor, OfferSearch search) =>
        As<IMarketCatalog, SearchResult>(actor, c => c.SearchAsync(search, default));

    public ValueTask DisposeAsync() => services.DisposeAsync();
}

internal sealed record Shop(Actor Owner, string ClusterId, string ListingId, string OfferId);
