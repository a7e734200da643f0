using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Demo;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Features;

/// <summary>What a newcomer finds in the demo network.</summary>
public sealed class DemoTests(DemoHost host) : IClassFixture<DemoHost>
{
    [Fact]
    public async Task A_quote_for_any_cloud_chip_shows_other_ways_to_buy_it()
    {
        var customer = await host.OwnerAsync(DemoScript.Parties[0]);
        var market = await host.ActAsync<IMarketCatalog, SearchResult>(customer, c => c.SearchAsync(new OfferSearch(), default));
        // Some chips are sold out by what already runs: there is no quote for those.
        var offers = market.Matches.Select(m => m.Offer).Where(o => o.DeviceModel is not null && o.FreeCards > 0).ToList();
        List<(OfferView Offer, AlternativeView Other)> seen = [];
        List<string> few = [];
        foreach (OfferView offer in offers.Where(o => o.Classes.Contains(ContractClass.OnDemand)))
        {
            var quote = await host.ActAsync<IQuotes, Outcome<QuoteView>>(customer, q => q.PreviewAsync(Asked(offer), default));
            Assert.True(quote.IsOk, $"{offer.Title}: {quote.Problem?.Detail}");
            seen.AddRange(quote.Value.Alternatives.Select(other => (offer, other)));
            if (offer.Site.Tier == SiteTier.Cloud && quote.Value.Alternatives.Count is < 2 or > 3)
                few.Add($"{offer.Title} of {offer.OperatorName}: {quote.Value.Alternatives.Count}");
        }
        Assert.Empty(few);
        Assert.Contains(seen, s => s.Other.Kind == "cheaper" && s.Other.DeviceModel != s.Offer.DeviceModel);
        Assert.Contains(seen, s => s.Other.SiteName != s.Offer.Site.Name);
        Assert.Contains(seen, s => s.Other.Class == ContractClass.Interruptible && s.Other.ReasonCode == "class");
        Assert.All(seen, s => Assert.NotNull(s.Other.Request));
    }

    [Fact]
    public async Task What_the_desk_finds_is_there_once_however_often_the_seed_runs()
    {
        await host.ActAsync<DemoDesk, bool>(
            Actor.System,
            async desk =>
            {
                await desk.EnsureAsync(default);
                return true;
            }
        );
        var readings = await host.ActAsync<IQuarantine, Outcome<Page<QuarantineView>>>(Actor.System, q => q.ListAsync(new(), default));
        Assert.Equal("unknown-contract", Assert.Single(readings.Value.Items).Reason);
        var held = await host.ActAsync<IPayouts, Outcome<IReadOnlyList<PayoutHoldView>>>(Actor.System, p => p.HoldsAsync(default));
        Assert.Single(held.Value);
        var lines = await host.ActAsync<ICreditLines, Outcome<Page<CreditLineView>>>(Actor.System, l => l.ListAsync(new(), default));
        Assert.Single(lines.Value.Items);
        var campaigns = await host.ActAsync<IVouchers, Outcome<Page<CampaignView>>>(
            Actor.System,
            v => v.CampaignsAsync(new PageQuery(), default)
        );
        Assert.Single(campaigns.Value.Items);
        var disputes = await host.ActAsync<IUsageDisputes, Page<UsageDisputeView>>(Actor.System, d => d.ListAsync(new(), default));
        Assert.Single(disputes.Items);
    }

    [Fact]
    public async Task Who_signs_up_gets_nothing_when_the_seed_runs_again()
    {
        var visitor = await host.ActAsync<IParties, Outcome<PartyView>>(
            Actor.System,
            p => p.RegisterAsync(new RegisterParty("Visitor", PartyKinds.Customer, "CN", "CNY"), default)
        );
        await host.ActAsync<DemoMarket, bool>(
            Actor.System,
            async market =>
            {
                await market.EnsureAsync(default);
                return true;
            }
        );
        var wallet = await host.ActAsync<ILedger, WalletView>(
            Actor.System,
            l => l.WalletAsync(visitor.Value.Id, Platform.Monetary.Currency.Cny, default)
        );
        Assert.True(wallet.Available.IsZero, $"{wallet.Available}");
    }

    [Fact]
    public async Task The_inspection_bundle_keeps_its_cameras_near_the_model_they_ask()
    {
        var customer = await host.OwnerAsync(DemoScript.Parties[0]);
        var bundles = await host.ActAsync<IBundles, Page<BundleView>>(customer, b => b.PublishedAsync(new PageQuery(), default));
        var bundle = Assert.Single(bundles.Items, b => b.Title == DemoBundle.VisualInspection.Title);
        var request = new WorkloadRequest
        {
            Name = "inspection",
            Product = ProductKind.Endpoint,
            BundleId = bundle.Id,
            Hours = 24,
        };
        var quote = await host.ActAsync<IQuotes, Outcome<QuoteView>>(customer, q => q.PreviewAsync(request, default));
        Assert.True(quote.IsOk, quote.Problem?.Detail);
        // The cheaper chips of the south and of the north are too far from each other.
        var link = Assert.Single(quote.Value.Links);
        Assert.Equal(("Suzhou edge", "Shanghai"), (link.FromSite, link.ToSite));
        Assert.InRange(link.RoundTripMs!.Value, 0, link.MaxRoundTripMs!.Value);

        var near = request with { Links = [new BundleLink("camera", "judge", 5, 400_000, 1)] };
        var refused = await host.ActAsync<IQuotes, Outcome<QuoteView>>(customer, q => q.PreviewAsync(near, default));
        Assert.Equal("/links/0/maxRoundTripMs", refused.Problem!.Errors[0].Pointer);
    }

    // What the configure page asks when it is opened from the explore page.
    private static WorkloadRequest Asked(OfferView offer) =>
        new()
        {
            Name = "preview",
            Product = ProductKind.Job,
            Image = "preview",
            Hours = 24,
            CpuMilli = 4000,
            HostMemoryMib = 16384,
            OfferId = offer.Id,
        };
}
