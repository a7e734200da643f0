using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>A customer with an amount of work and a deadline, and one whose service runs at an edge and in the cloud.</summary>
[Collection(CustomerFlows.Name)]
public sealed class CustomerPlansWork(RunningPortal portal) : Flow(portal)
{
    private const string Customer = "customer@demo.example";

    [BrowserFact]
    public Task An_amount_of_work_by_a_deadline_on_a_wide_screen() => PlayAsync(() => PlansAsync(1440, "en-US"));

    [BrowserFact]
    public Task An_amount_of_work_by_a_deadline_on_a_phone_in_chinese() => PlayAsync(() => PlansAsync(390, "zh-CN"));

    private async Task PlansAsync(int width, string locale)
    {
        Visitor visitor = await SignedInAsync(Customer, width, locale);
        var form = new ConfigurePage(visitor);
        await form.OpenAsync("?work=llama3-8b");
        await form.FillAsync("Name", Fresh("plan"));
        await form.FillAsync("Image", "demo/train:3.1");
        await form.FillAsync("Hours", "2");
        // The folded part opens by the keyboard.
        ILocator more = visitor
            .Page.Locator("summary")
            .Filter(new LocatorFilterOptions { HasText = visitor.Words["ConfigureText", "More"] });
        await more.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await form.FillAsync("Amount", "20");
        await form.FillAsync("Deadline", "1");
        await Visitor.SeesAsync(
            visitor.Page.GetByText(visitor.Words["ConfigureText", "Work.Hours"], new PageGetByTextOptions { Exact = true })
        );
        await Visitor.SeesAsync(visitor.Page.GetByText(visitor.Words["ConfigureText", "ChipsFor"]));
        await SoundAsync(visitor);
        QuotePage quote = await form.AskAsync();
        await Visitor.SeesAsync(quote.Says("Plan"));
        await SoundAsync(visitor);
        await quote.WithdrawAsync();
    }

    [BrowserFact]
    public Task A_service_over_edge_and_cloud_shows_its_link_and_is_bought() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync(Customer);
            var form = new ConfigurePage(visitor);
            await form.OpenAsync();
            await form.BundleAsync("Visual inspection");
            await form.FillAsync("Name", Fresh("inspect"));
            await form.FillAsync("Hours", "1");
            QuotePage quote = await form.AskAsync();
            await Visitor.SeesAsync(
                visitor.Page.Locator("table.links tbody tr").Filter(new LocatorFilterOptions { HasText = "camera → judge" })
            );
            await SoundAsync(visitor);
            await quote.Place.ClickAsync();
            await visitor.PressInDialogAsync(visitor.Words["QuoteText", "Confirm.Yes"]);
            await visitor.ArriveAtAsync("**/orders/*");
        });

    private static async Task SoundAsync(Visitor visitor)
    {
        await visitor.PageIsSoundAsync();
        await visitor.NothingScrollsSidewaysAsync();
        await visitor.SpeaksItsLanguageAsync();
    }
}
