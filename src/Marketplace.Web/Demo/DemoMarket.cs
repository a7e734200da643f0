using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Simulator;
using Marketplace.Web.Identity;

namespace Marketplace.Web.Demo;

/// <summary>Parties, people, clusters, listings, resale, offers, a bundle and first credit: everything through the modules' own front doors.</summary>
/// <remarks>Made on a clock a month back, so that three weeks of trade have prices and credit to refer to; clusters are connected now.</remarks>
internal sealed class DemoMarket(IServiceScopeFactory scopes, RunningSimulator simulator, PastServices past, TimeProvider time)
{
    private static readonly ContractClass[] AllClasses = [ContractClass.OnDemand, ContractClass.Reserved, ContractClass.Interruptible];
    private static readonly Currency Cny = Currency.Cny;
    private static readonly TimeSpan Age = TimeSpan.FromDays(30);
    private readonly Dictionary<string, (string Id, string Name)> people = new(StringComparer.Ordinal);

    public async Task EnsureAsync(CancellationToken ct)
    {
        await using ServiceProvider services = past.At(time.GetUtcNow() - Age);
        var monthAgo = services.GetRequiredService<IServiceScopeFactory>();
        var parties = await PartiesAsync(monthAgo, ct);
        foreach (DemoScript.Place place in DemoScript.Places)
            await CenterAsync(monthAgo, place, Owner(parties[place.Center]), parties, ct);
        foreach (var (name, markup) in DemoScript.Markups)
            await OperatorAsync(monthAgo, Owner(parties[name]), markup, ct);
        foreach (PartyView customer in parties.Values.Where(p => p.Kinds.HasFlag(PartyKinds.Customer)))
            await TopUpAsync(monthAgo, customer, ct);
        foreach (PartyView party in parties.Values)
            await DemoPapers.EnsureAsync(monthAgo, party, ct);
    }

    /// <summary>A party's person, once <see cref="PartiesAsync(CancellationToken)"/> has been asked: what they buy is theirs.</summary>
    public Actor Buyer(PartyView party) => Owner(party) with { UserId = people[party.Id].Id, Name = people[party.Id].Name };

    public static Actor Owner(PartyView party) => new(party.Id, party.Kinds, MemberRole.Owner) { Name = party.Name };

    /// <summary>The demo parties by name.</summary>
    public Task<IReadOnlyDictionary<string, PartyView>> PartiesAsync(CancellationToken ct) => PartiesAsync(scopes, ct);

    private async Task<IReadOnlyDictionary<string, PartyView>> PartiesAsync(IServiceScopeFactory monthAgo, CancellationToken ct)
    {
        // The demo's own only: who signs up meanwhile is a visitor.
        var byName = new Dictionary<string, PartyView>(StringComparer.Ordinal);
        foreach (DemoScript.Party script in DemoScript.Parties)
        {
            var found = await monthAgo.ActAsync<IParties, Outcome<Page<PartyView>>>(
                Actor.System,
                p => p.ListAsync(new PartyQuery { Search = script.Name, Limit = PageQuery.MaxLimit }, ct)
            );
            PartyView? party = found.Value.Items.FirstOrDefault(p => p.Name == script.Name);
            if (party is null)
                party = (
                    await monthAgo.ActAsync<IParties, Outcome<PartyView>>(
                        Actor.System,
                        p => p.RegisterAsync(new RegisterParty(script.Name, script.Kinds, script.Country, Cny.Code), ct)
                    )
                ).Value;
            if (party.State == PartyState.Pending)
                party = (
                    await monthAgo.ActAsync<IParties, Outcome<PartyView>>(
                        Actor.System,
                        p => p.DecideAsync(party.Id, PartyState.Approved, "Demo network", ct)
                    )
                ).Value;
            byName[script.Name] = party;
            string person = await scopes.ActAsync<IdentitySeed, string>(
                Actor.System,
                s => s.EnsurePersonAsync(script.Email, script.Person, DemoScript.Password, party.Id, MemberRole.Owner, ct)
            );
            people[party.Id] = (person, script.Person);
        }
        return byName;
    }

    private async Task CenterAsync(
        IServiceScopeFactory monthAgo,
        DemoScript.Place place,
        Actor center,
        IReadOnlyDictionary<string, PartyView> parties,
        CancellationToken ct
    )
    {
        var sites = await monthAgo.ActAsync<ISupply, IReadOnlyList<SiteView>>(center, s => s.SitesAsync(ct));
        SiteView site =
            sites.FirstOrDefault(s => s.Name == place.Site)
            ?? (
                await monthAgo.ActAsync<ISupply, Outcome<SiteView>>(
                    center,
                    s =>
                        s.CreateSiteAsync(
                            new CreateSite(place.Site, place.SiteZh, place.Region, "CN", place.Tier, place.Latitude, place.Longitude),
                            ct
                        )
                )
            ).Value;
        ClusterView cluster = await ClusterAsync(place, center, site, ct);
        var listings = await monthAgo.ActAsync<ISupply, Page<ListingView>>(
            center,
            s => s.ListingsAsync(new ListingQuery { ClusterId = cluster.Id, Limit = PageQuery.MaxLimit }, ct)
        );
        foreach (DeviceCount device in cluster.Devices.Where(d => d.Healthy > 0 && listings.Items.All(l => l.DeviceModel != d.Model)))
            await ListAsync(monthAgo, cluster, site, device, center, parties, ct);
    }

    // The worker connects and reads the inventory on its own; listings come after it.
    private async Task<ClusterView> ClusterAsync(DemoScript.Place place, Actor center, SiteView site, CancellationToken ct)
    {
        var known = await scopes.ActAsync<IClusters, IReadOnlyList<ClusterView>>(center, c => c.ListAsync(ct));
        ClusterView? cluster = known.FirstOrDefault(c => c.Name == place.Cluster);
        if (cluster is null)
        {
            SimulatedCluster simulated = (await simulator.Clusters).Single(c => c.Name == place.Cluster);
            cluster = (
                await scopes.ActAsync<IClusters, Outcome<ClusterView>>(
                    center,
                    c => c.ConnectAsync(new ConnectCluster(site.Id, place.Cluster, simulated.KubeConfig), ct)
                )
            ).Value;
        }
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200), time);
        while (cluster is not { State: ClusterState.Connected, InventoryVersion: > 0, Devices.Count: > 0 })
        {
            await poll.WaitForNextTickAsync(ct);
            cluster = (await scopes.ActAsync<IClusters, ClusterView?>(center, c => c.FindAsync(cluster.Id, ct)))!;
        }
        return cluster;
    }

    private async Task ListAsync(
        IServiceScopeFactory monthAgo,
        ClusterView cluster,
        SiteView site,
        DeviceCount device,
        Actor center,
        IReadOnlyDictionary<string, PartyView> parties,
        CancellationToken ct
    )
    {
        DemoScript.Price? price = DemoScript.Prices.FirstOrDefault(p => device.Model.Contains(p.Model, StringComparison.OrdinalIgnoreCase));
        DemoScript.Spot? spot = DemoScript.Spots.FirstOrDefault(s => s.Cluster == cluster.Name && s.Model == device.Model);
        decimal today = spot?.PerCardHour ?? price?.PerCardHour ?? DemoScript.OtherPrice;
        var weeks = DemoScript.PriceWeeks[device.Model.Length % DemoScript.PriceWeeks.Count];
        var listing = await monthAgo.ActAsync<ISupply, Outcome<ListingView>>(
            center,
            s =>
                s.CreateListingAsync(
                    new CreateListing
                    {
                        ClusterId = cluster.Id,
                        DeviceModel = device.Model,
                        Title = $"{device.Model}, {site.Name}",
                        Cards = device.Healthy,
                        PricePerCardHour = decimal.Round(today * weeks[0], 2),
                        Currency = Cny.Code,
                        Classes = spot is null ? AllClasses : [ContractClass.Interruptible],
                        AllowShared = price?.Shared ?? false,
                    },
                    ct
                )
        );
        ListingView made = listing.Value;
        if (made.State == ListingState.Draft)
            made = (
                await monthAgo.ActAsync<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(made.Id, ListingState.Live, ct))
            ).Value;
        for (int week = 0; week < DemoScript.PriceDays.Count; week++)
        {
            DateTimeOffset from = time.GetUtcNow() - Age + TimeSpan.FromDays(DemoScript.PriceDays[week]);
            decimal then = decimal.Round(today * weeks[week + 1], 2);
            made = (await monthAgo.ActAsync<ISupply, Outcome<ListingView>>(center, s => s.ChangePriceAsync(made.Id, then, from, ct))).Value;
        }
        foreach (string name in DemoScript.Markups.Keys)
            _ = (
                await monthAgo.ActAsync<IResale, Outcome<AuthorizationView>>(
                    center,
                    r => r.GrantAsync(made.Id, parties[name].Id, 0, 0.5m, ct)
                )
            ).Value;
    }

    private async Task OperatorAsync(IServiceScopeFactory monthAgo, Actor seller, decimal markup, CancellationToken ct)
    {
        var offers = await monthAgo.ActAsync<IOffers, Page<OfferView>>(
            seller,
            o => o.ListAsync(new OfferQuery { Limit = PageQuery.MaxLimit }, ct)
        );
        var granted = await monthAgo.ActAsync<IResale, IReadOnlyList<AuthorizationView>>(seller, r => r.ListAsync(ct));
        foreach (
            AuthorizationView right in granted.Where(g =>
                g.State == AuthorizationState.Granted && offers.Items.All(o => o.ListingId != g.ListingId)
            )
        )
        {
            var offer = (
                await monthAgo.ActAsync<IOffers, Outcome<OfferView>>(
                    seller,
                    o =>
                        o.CreateAsync(
                            new CreateOffer(right.ListingId, right.Listing.Title, markup, right.Listing.Classes)
                            {
                                Plan = DemoScript.PlanOf(right.Listing.DeviceModel),
                            },
                            ct
                        )
                )
            ).Value;
            if (offer.State == OfferState.Draft)
                _ = (
                    await monthAgo.ActAsync<IOffers, Outcome<OfferView>>(seller, o => o.ChangeStateAsync(offer.Id, OfferState.OnSale, ct))
                ).Value;
        }
        var bundles = await monthAgo.ActAsync<IBundles, Page<BundleView>>(seller, b => b.ListAsync(new PageQuery(), ct));
        if (markup != DemoScript.Markups["Yunlan Cloud"])
            return;
        foreach (SaveBundle wanted in DemoBundle.All.Where(w => bundles.Items.All(b => b.Title != w.Title)))
        {
            var bundle = (await monthAgo.ActAsync<IBundles, Outcome<BundleView>>(seller, b => b.CreateAsync(wanted, ct))).Value;
            _ = (
                await monthAgo.ActAsync<IBundles, Outcome<BundleView>>(
                    seller,
                    b => b.ChangeStateAsync(bundle.Id, BundleState.Published, ct)
                )
            ).Value;
        }
    }

    private async Task TopUpAsync(IServiceScopeFactory monthAgo, PartyView customer, CancellationToken ct)
    {
        // With a card processor in test mode the demo pays as its customers do: with a test card.
        if (await monthAgo.ActAsync<IPayments, bool>(Owner(customer), p => Task.FromResult(p.Setup is { TakesCards: true, IsTest: true })))
            _ = (
                await monthAgo.ActAsync<IPaymentMethods, Outcome<Uri?>>(Owner(customer), m => m.AddTestCardAsync("pm_card_visa", ct))
            ).Value;
        _ = (
            await monthAgo.ActAsync<IPayments, Outcome<PaymentView>>(
                Owner(customer),
                p => p.TopUpAsync(Money.From(DemoScript.FirstCredit(customer.Name), Cny), "demo-first-credit", ct)
            )
        ).Value;
    }
}
