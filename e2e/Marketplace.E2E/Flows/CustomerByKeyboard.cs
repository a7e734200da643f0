using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>From exploring to a firm quote without a mouse: every step is reached by Tab, and the focus is never lost.</summary>
[Collection(CustomerFlows.Name)]
public sealed class CustomerByKeyboard(RunningPortal portal) : Flow(portal)
{
    private const int ManyTabs = 60;

    [BrowserFact]
    public Task From_exploring_to_a_quote() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync("customer@demo.example");
            IPage page = visitor.Page;
            await visitor.OpenAsync("/explore");
            await TabToAsync(visitor, visitor.Link(visitor.Words["LayoutText", "SkipToContent"]));
            await page.Keyboard.PressAsync("Enter");
            await TabToAsync(
                visitor,
                page.GetByRole(AriaRole.Searchbox, new PageGetByRoleOptions { Name = visitor.Words["ExploreText", "Search"] })
            );
            await page.Keyboard.TypeAsync("Ascend910B");
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForURLAsync("**/explore?q=Ascend910B");
            await TabToAsync(visitor, page.GetByRole(AriaRole.Cell).Locator("a").First);
            await page.Keyboard.PressAsync("Enter");
            await visitor.ArriveAtAsync("**/configure?**");
            await TypeAsync(visitor, "Name", Fresh("keys"));
            await TypeAsync(visitor, "Image", "demo/train:3.1");
            await TabToAsync(visitor, new ConfigurePage(visitor).Submit);
            await page.Keyboard.PressAsync("Enter");
            await visitor.ArriveAtAsync("**/quotes/*");
            var quote = new QuotePage(visitor);
            await TabToAsync(visitor, quote.Place);
            await page.Keyboard.PressAsync("Enter");
            await Visitor.SeesAsync(visitor.Dialog);
            // The focus is in the dialog, on the harmless button; Escape goes back to where it was.
            await Assertions.Expect(visitor.Dialog.GetByText(visitor.Words["QuoteText", "Confirm.No"])).ToBeFocusedAsync();
            await page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(visitor.Dialog).ToHaveCountAsync(0);
            await Assertions.Expect(quote.Place).ToBeFocusedAsync();
            await TabToAsync(visitor, visitor.Button(visitor.Words["QuoteText", "Withdraw"]));
            await page.Keyboard.PressAsync("Enter");
            await Visitor.SeesAsync(visitor.Dialog);
            await page.Keyboard.PressAsync("Tab");
            await page.Keyboard.PressAsync("Enter");
            await Visitor.SeesAsync(quote.Says("Withdrawn"));
        });

    private static async Task TypeAsync(Visitor visitor, string key, string text)
    {
        await TabToAsync(visitor, visitor.Field(visitor.Words["ConfigureText", key]));
        await visitor.Page.Keyboard.TypeAsync(text);
    }

    private static async Task TabToAsync(Visitor visitor, ILocator target)
    {
        await Visitor.SeesAsync(target);
        for (int i = 0; i < ManyTabs; i++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (await target.EvaluateAsync<bool>("e => e === document.activeElement"))
                return;
        }
        Assert.Fail($"{target} is not reached by Tab.");
    }
}
