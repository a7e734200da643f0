using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>A customer's way from looking to paying, and each kind of thing that can be bought.</summary>
[Collection(CustomerFlows.Name)]
public sealed class CustomerBuys(RunningPortal portal) : Flow(portal)
{
    private const string Customer = "customer@demo.example";

    [BrowserFact]
    public Task From_exploring_to_the_charge_and_the_invoice() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            await ExploresAsync(visitor);
            QuotePage quote = await QuotesAsync(visitor, Fresh("flow"));
            RunPage run = await quote.AcceptAsync();
            string id = run.Id;
            await visitor.MarkAsync();
            await run.ReachesAsync("Active");
            await visitor.WasNotReloadedAsync();
            await visitor.PageIsSoundAsync();
            await visitor.SeesTextAsync(visitor.Words["RunText", "Happened.Running"]);
            // Clusters tell time in whole seconds: two lines of head, and those of the first two. Less than one is no usage.
            await Visitor.SeesAsync(run.LogLines.Nth(3));
            await run.ExtendAsync("3");
            await visitor.SeesTextAsync(visitor.Words.Start("RunText", "Extended"));
            string cost = await run.StopAsync();
            Assert.Contains("¥", cost, StringComparison.Ordinal);
            await run.ReachesAsync("Settled");
            await visitor.WasNotReloadedAsync();
            await ChargedAsync(visitor, id);
        });

    [BrowserFact]
    public Task An_invoice_prints_without_the_portal_around_it() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            await visitor.OpenAsync("/invoices");
            await visitor.Page.Locator("main table tbody a").First.ClickAsync();
            await visitor.ArriveAtAsync("**/invoices/*");
            await visitor.PageIsSoundAsync();
            await visitor.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
            await Assertions.Expect(visitor.Page.Locator("nav.rail")).ToBeHiddenAsync();
            await Assertions.Expect(visitor.Button(visitor.Words["InvoiceText", "Print"])).ToBeHiddenAsync();
            await Visitor.SeesAsync(visitor.Page.GetByText(visitor.Words["InvoiceText", "BilledTo"]));
            await visitor.NothingScrollsSidewaysAsync();
            await PictureAsync(visitor, "invoice-print");
        });

    [BrowserFact]
    public Task A_gang_job_starts_all_at_once() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            var form = new ConfigurePage(visitor);
            await form.OpenAsync();
            await form.ProductAsync("GangJob");
            await form.FillAsync("Name", Fresh("gang"));
            await form.FillAsync("Image", "demo/train:3.1");
            await form.FillAsync("Replicas.Gang", "4");
            await form.FillAsync("CardsPerReplica", "8");
            await form.FillAsync("Hours", "1");
            RunPage run = await (await form.AskAsync()).AcceptAsync();
            await run.ReachesAsync("Active");
            await Visitor.SeesAsync(visitor.Panel(visitor.Words["RunText", "Cards.Gang", 32]));
            await visitor.SeesTextAsync(visitor.Words["RunText", "Cards.Replicas", 4, 4]);
            await visitor.PageIsSoundAsync();
            await run.StopAsync();
        });

    [BrowserFact]
    public Task An_endpoint_on_a_part_of_a_card_gets_an_address() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            var form = new ConfigurePage(visitor);
            await form.OpenAsync();
            await form.ProductAsync("Endpoint");
            string name = Fresh("endpoint");
            await form.FillAsync("Name", name);
            await form.FillAsync("Image", "demo/policy-server:1.9");
            await form.FillAsync("Share", "50");
            await form.FillAsync("Hours", "1");
            RunPage run = await (await form.AskAsync()).AcceptAsync();
            await run.ReachesAsync("Active");
            await Visitor.SeesAsync(visitor.Panel(visitor.Words["RunText", "Address"]));
            await visitor.PageIsSoundAsync();
            await visitor.OpenAsync($"/endpoints?q={name}");
            await Visitor.SeesAsync(visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = "http" }));
        });

    [BrowserFact]
    public Task A_namespace_comes_with_its_kubeconfig() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            var form = new ConfigurePage(visitor);
            await form.OpenAsync();
            await form.ProductAsync("Namespace");
            await form.FillAsync("Name", Fresh("namespace"));
            await form.FillAsync("Hours", "1");
            RunPage run = await (await form.AskAsync()).AcceptAsync();
            await run.ReachesAsync("Active");
            string kubeconfig = await run.DownloadKubeconfigAsync();
            Assert.Contains("kind: Config", kubeconfig, StringComparison.Ordinal);
            Assert.Contains("token:", kubeconfig, StringComparison.Ordinal);
            await visitor.PageIsSoundAsync();
        });

    [BrowserFact]
    public Task A_bundle_is_bought_through_its_own_form() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            var form = new ConfigurePage(visitor);
            await form.OpenAsync();
            await form.BundleAsync("Medical report assistant");
            await form.FillAsync("Name", Fresh("assistant"));
            await visitor.FillAsync("Replicas", "17");
            await form.FillAsync("Hours", "1");
            await form.Submit.ClickAsync();
            // The recipe says 16 at most; the form says so at the field and orders nothing.
            await Visitor.SeesAsync(visitor.Page.Locator(".field.wrong").Filter(new LocatorFilterOptions { HasText = "16" }));
            await visitor.FillAsync("Replicas", "2");
            await visitor.ChooseAsync("Context length", "32768");
            QuotePage quote = await form.AskAsync();
            await visitor.SeesTextAsync("32768");
            RunPage run = await quote.AcceptAsync();
            await run.ReachesAsync("Active");
            await visitor.SeesTextAsync(visitor.Words["RunText", "Cards.Replicas", 2, 2]);
            await run.StopAsync();
        });

    private static async Task ExploresAsync(Visitor visitor)
    {
        var explore = new ExplorePage(visitor);
        await explore.OpenAsync();
        await visitor.PageIsSoundAsync();
        await explore.FilterAsync("Vendor", "Ascend");
        await explore.FilterAsync("Region", "north-china");
        Assert.Contains("vendor=Ascend", visitor.Page.Url, StringComparison.Ordinal);
        var before = await explore.Chips.AllInnerTextsAsync();
        Assert.All(before, chip => Assert.StartsWith("Ascend", chip, StringComparison.Ordinal));
        await visitor.Page.ReloadAsync();
        await visitor.SettleAsync();
        await Visitor.SeesAsync(explore.Chosen("Vendor", "Ascend"));
        await Visitor.SeesAsync(explore.Chosen("Region", "north-china"));
        Assert.Equal(before, await explore.Chips.AllInnerTextsAsync());
        await explore.ConfigureAsync("Ascend910B", "Hohhot");
    }

    private static async Task<QuotePage> QuotesAsync(Visitor visitor, string name)
    {
        var form = new ConfigurePage(visitor);
        await form.FillAsync("Name", name);
        await form.FillAsync("Image", "demo/train:3.1");
        await form.FillAsync("Hours", "2");
        await Visitor.SeesAsync(form.Price);
        await visitor.PageIsSoundAsync();
        string price = await form.Price.InnerTextAsync();
        QuotePage quote = await form.AskAsync();
        await Visitor.SeesAsync(quote.Countdown);
        await visitor.SeesTextAsync(price);
        await Visitor.SeesAsync(visitor.Panel(visitor.Words["QuoteText", "Why"]));
        await visitor.PageIsSoundAsync();
        return quote;
    }

    private static async Task ChargedAsync(Visitor visitor, string runId)
    {
        await visitor.OpenAsync("/costs");
        await Visitor.SeesAsync(visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = runId }).First);
        await visitor.PageIsSoundAsync();
    }
}
