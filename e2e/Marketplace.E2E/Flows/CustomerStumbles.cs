using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>What goes wrong for a customer: each time a clear message with the way out, and nothing half done.</summary>
/// <remarks>In Chinese, because that also proves the translation of what the modules answer.</remarks>
[Collection(CustomerFlows.Name)]
public sealed class CustomerStumbles(RunningPortal portal) : Flow(portal)
{
    private const string Customer = "customer@demo.example";

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task A_quote_that_ran_out_is_asked_for_again(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await SignedInAsync(Customer, locale: locale);
                Uri hasty = await Portal.HastyReplicaAsync();
                string name = Fresh("late");
                QuotePage quote = await QuoteAsync(visitor, name, hasty);
                string id = quote.Id;
                await visitor.MarkAsync();
                await quote.Place.ClickAsync();
                // The clock behind the open question runs out.
                await Visitor.SeesAsync(quote.Says("Expired"));
                await visitor.PressInDialogAsync(visitor.Words["QuoteText", "Confirm.Yes"]);
                await visitor.DialogSaysAsync("This quote has expired.");
                await visitor.DialogSaysAsync("Request a new quote with the same content.");
                await visitor.PressInDialogAsync(visitor.Words["QuoteText", "Confirm.No"]);
                await visitor.WasNotReloadedAsync();
                await quote.Again.ClickAsync();
                await visitor.Page.WaitForURLAsync(url =>
                    url.Contains("/quotes/", StringComparison.Ordinal) && !url.EndsWith(id, StringComparison.Ordinal)
                );
                await Visitor.SeesAsync(quote.Place);
                await visitor.PageIsSoundAsync();
                await OrdersAsync(visitor, name, 0);
            },
            nameof(A_quote_that_ran_out_is_asked_for_again) + "." + locale
        );

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task A_quote_accepted_in_two_tabs_is_ordered_once(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor first = await SignedInAsync(Customer, locale: locale);
                string name = Fresh("twice");
                QuotePage quote = await QuoteAsync(first, name);
                Visitor second = await OpenTabAsync(first, locale);
                var same = new QuotePage(second);
                await same.OpenAsync(quote.Id);
                await same.Place.ClickAsync();
                await Visitor.SeesAsync(second.Dialog);
                RunPage run = await quote.AcceptAsync();
                // The other tab hears of it while it still asks.
                await Visitor.SeesAsync(same.Says("Accepted"));
                await second.PressInDialogAsync(second.Words["QuoteText", "Confirm.Yes"]);
                await second.DialogSaysAsync("This quote was accepted already; its order is {0}.");
                await second.PressInDialogAsync(second.Words["QuoteText", "Confirm.No"]);
                await second.Link(second.Words["QuoteText", "Accepted.Open"]).ClickAsync();
                await second.ArriveAtAsync("**/orders/*");
                await second.PageIsSoundAsync();
                await OrdersAsync(second, name, 1);
                await run.StopAsync();
            },
            nameof(A_quote_accepted_in_two_tabs_is_ordered_once) + "." + locale
        );

    [BrowserFact]
    public Task A_quote_withdrawn_elsewhere_cannot_be_accepted() =>
        PlayAsync(async () =>
        {
            Visitor first = await SignedInAsync(Customer);
            string name = Fresh("withdrawn");
            QuotePage quote = await QuoteAsync(first, name);
            Visitor second = await OpenTabAsync(first);
            var same = new QuotePage(second);
            await same.OpenAsync(quote.Id);
            await same.Place.ClickAsync();
            await quote.WithdrawAsync();
            await Visitor.SeesAsync(same.Says("Withdrawn"));
            await second.PressInDialogAsync(second.Words["QuoteText", "Confirm.Yes"]);
            await second.DialogSaysAsync("This quote was withdrawn. Request a new one.");
            await OrdersAsync(first, name, 0);
        });

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task Without_credit_nothing_is_ordered_until_it_is_topped_up(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await ArriveAsync(locale: locale);
                string name = Fresh("poor");
                await new SignUpPage(visitor).SignUpAsync("Bo Chen", $"{name}@example.test", name, "Customer");
                QuotePage quote = await QuoteAsync(visitor, name);
                string id = quote.Id;
                await visitor.SeesTextAsync(visitor.Words["QuoteText", "Money.Short"]);
                await visitor.PageIsSoundAsync();
                await quote.Place.ClickAsync();
                await visitor.PressInDialogAsync(visitor.Words["QuoteText", "Confirm.Yes"]);
                await Visitor.SeesAsync(visitor.Dialog.Locator(".note"));
                await visitor.SpeaksItsLanguageAsync(visitor.Dialog);
                await visitor.PressInDialogAsync(visitor.Words["QuoteText", "Confirm.No"]);
                await OrdersAsync(visitor, name, 0);
                await quote.OpenAsync(id);
                await visitor.Link(visitor.Words["QuoteText", "Money.TopUp"]).ClickAsync();
                await Visitor.SeesAsync(visitor.Dialog);
                await visitor.FillAsync(visitor.Words["CostText", "TopUp.Amount"], "500");
                await visitor.ConfirmAsync(visitor.Words["CostText", "TopUp"]);
                await visitor.SeesTextAsync("¥500.00");
                await quote.OpenAsync(id);
                await visitor.SeesTextAsync(visitor.Words["QuoteText", "Money.Enough"]);
                RunPage run = await quote.AcceptAsync();
                await run.ReachesAsync("Active");
                await run.StopAsync();
            },
            nameof(Without_credit_nothing_is_ordered_until_it_is_topped_up) + "." + locale
        );

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task A_wish_that_nothing_fits_says_what_would(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await SignedInAsync(Customer, locale: locale);
                var form = new ConfigurePage(visitor);
                await form.OpenAsync();
                await form.FillAsync("Replicas", "5000");
                await Visitor.SeesAsync(form.Refusal);
                await visitor.SeesTextAsync(visitor.Words["ConfigureText", "Refused.Fits"]);
                await visitor.SpeaksItsLanguageAsync(visitor.Page.Locator("main"));
                await form.FillAsync("Replicas", "1");
                await form.FillAsync("Name", "Not A Name");
                await form.Submit.ClickAsync();
                await visitor.SeesTextAsync(visitor.Words["ProblemText", "Use a name such as vision-pretrain-7."]);
                await visitor.SeesTextAsync(visitor.Words["ProblemText", "Name a container image, or choose a bundle."]);
                await visitor.SpeaksItsLanguageAsync(visitor.Page.Locator("main"));
                await visitor.PageIsSoundAsync();
            },
            nameof(A_wish_that_nothing_fits_says_what_would) + "." + locale
        );

    private static async Task<QuotePage> QuoteAsync(Visitor visitor, string name, Uri? at = null)
    {
        var form = new ConfigurePage(visitor);
        await visitor.OpenAsync(new Uri(at ?? new Uri(visitor.Page.Url), "/configure").ToString());
        await form.FillAsync("Name", name);
        await form.FillAsync("Image", "demo/train:3.1");
        await form.FillAsync("Hours", "1");
        return await form.AskAsync();
    }

    private static async Task OrdersAsync(Visitor visitor, string name, int count)
    {
        await visitor.OpenAsync($"/orders?q={name}");
        var rows = visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = name });
        await Assertions.Expect(rows).ToHaveCountAsync(count);
        if (count == 0)
            await visitor.SeesTextAsync(visitor.Words["SharedText", "Grid.NoMatch"]);
    }
}
