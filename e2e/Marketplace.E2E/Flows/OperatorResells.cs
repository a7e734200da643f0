using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>An operator's way from a center's listing to a customer's screen, and a bundle's from its recipe.</summary>
[Collection(SellerFlows.Name)]
public sealed class OperatorResells(RunningPortal portal) : Flow(portal)
{
    [BrowserFact]
    public Task A_listing_becomes_an_offer_that_a_customer_finds() =>
        PlayAsync(async () =>
        {
            string title = Fresh("cores");
            Visitor center = await SignedInAsync("center@demo.example");
            Visitor seller = await SignedInAsync("operator@demo.example");
            Visitor buyer = await SignedInAsync("customer@demo.example");
            await ListCoresAsync(center, title);
            await AsksAndIsGrantedAsync(seller, center, title);
            await OffersAsync(seller, title);
            var explore = new ExplorePage(buyer);
            await explore.OpenAsync($"?view=list&q={title}");
            var row = buyer.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = title });
            await Assertions.Expect(row).ToContainTextAsync("Yunlan Cloud");
            await row.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = buyer.Words["ExploreText", "List.Choose"] })
                .ClickAsync();
            await buyer.ArriveAtAsync("**/configure?**");
            await buyer.SeesTextAsync(buyer.Words["ConfigureText", "OnlyOffer", title]);
            await Visitor.SeesAsync(new ConfigurePage(buyer).Price);
        });

    [BrowserFact]
    public Task A_bundle_is_built_priced_published_and_bought() =>
        PlayAsync(async () =>
        {
            string title = Fresh("Reader");
            Visitor seller = await SignedInAsync("operator@demo.example");
            var builder = new BundleBuilder(seller);
            await builder.OpenNewAsync();
            await builder.DescribeAsync(title, "Health", "Job");
            await builder.RoleAsync("reader", "demo/reader:1.0", "Ascend910B3");
            await Visitor.SeesAsync(builder.Margin);
            await builder.AddParameterAsync("pages", "Pages a day", "每日页数");
            await seller.PageIsSoundAsync();
            await seller.Button(seller.Words["BundlesText", "Publish"]).ClickAsync();
            await seller.SeesTextAsync(seller.Words["BundlesText", "Published", title, 1]);
            await seller.PageIsSoundAsync();
            Visitor buyer = await SignedInAsync("customer@demo.example");
            var form = new ConfigurePage(buyer);
            await form.OpenAsync();
            await form.BundleAsync(title);
            await form.FillAsync("Name", Fresh("reader"));
            await buyer.FillAsync("Pages a day", "400");
            await form.FillAsync("Hours", "1");
            QuotePage quote = await form.AskAsync();
            await buyer.SeesTextAsync("400");
            await quote.WithdrawAsync();
        });

    private static async Task ListCoresAsync(Visitor center, string title)
    {
        await center.OpenAsync("/center/listings/new");
        var listing = new ListingPage(center);
        await listing.ChooseModelAsync(center.Words["ListingsText", "Cpu"]);
        await listing.FillAsync("ListingTitle", title);
        await listing.FillAsync("Offered", "64");
        await listing.FillAsync("WholesalePrice", "0.11");
        await listing.Save.ClickAsync();
        await center.ArriveAtAsync("**/center/listings/lst_*");
        await center.SeesTextAsync(center.Words["ListingsText", "Published", title]);
    }

    private static async Task AsksAndIsGrantedAsync(Visitor seller, Visitor center, string title)
    {
        await seller.OpenAsync($"/operator/sources?q={title}");
        await seller.PageIsSoundAsync();
        var open = seller.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = title });
        await open.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = seller.Words["SourcesText", "Ask"] }).ClickAsync();
        // It leaves one list for the other, which are read one after the other.
        string asked = seller.Words["SourcesText", "State.Requested"];
        await Visitor.SeesAsync(open.Filter(new LocatorFilterOptions { HasText = asked }));
        await Assertions.Expect(open).ToHaveCountAsync(1);
        // The center's page hears of it by itself.
        await center.Button(center.Words["ListingsText", "Resale.Grant.Answer"]).ClickAsync();
        await center.FillAsync(center.Words["ListingsText", "Resale.Min"], "10");
        await center.FillAsync(center.Words["ListingsText", "Resale.Max"], "50");
        await center.Button(center.Words["ListingsText", "Resale.Grant"]).ClickAsync();
        await center.SeesTextAsync(center.Words["ListingsText", "Resale.State.Granted"]);
        await center.PageIsSoundAsync();
    }

    private static async Task OffersAsync(Visitor seller, string title)
    {
        var row = seller.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = title });
        await row.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = seller.Words["SourcesText", "MakeOffer"] }).ClickAsync();
        await seller.ArriveAtAsync("**/operator/offers?**");
        await seller.FillAsync(seller.Words["OffersText", "NameLabel"], title);
        await seller.FillAsync(seller.Words["OffersText", "MarkupLabel"], "90");
        await seller.Button(seller.Words["OffersText", "CreateSell"]).ClickAsync();
        // Above the center's limit: said at the field, nothing saved.
        await Visitor.SeesAsync(
            seller
                .Page.Locator(".field-error")
                .GetByText(seller.Words["ProblemText", "Choose a markup inside these limits, or ask the center to change them."])
        );
        await seller.FillAsync(seller.Words["OffersText", "MarkupLabel"], "25");
        await Visitor.SeesAsync(seller.Page.GetByText(seller.Words["OffersText", "Sum.Keep"]));
        await seller.PageIsSoundAsync();
        await seller.Button(seller.Words["OffersText", "CreateSell"]).ClickAsync();
        await seller.SeesTextAsync(seller.Words["OffersText", "Saved.Sale", title]);
        await seller.PageIsSoundAsync();
    }
}
