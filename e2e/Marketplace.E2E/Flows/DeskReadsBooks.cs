using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>The network desk follows money from an account to a journal, and sees the books prove themselves; on a desk and on a phone.</summary>
[Collection(SellerFlows.Name)]
public sealed class DeskReadsBooks(RunningPortal portal) : Flow(portal)
{
    [BrowserTheory]
    [InlineData("en-US", 1440)]
    [InlineData("zh-CN", 390)]
    public Task An_account_leads_to_its_journal_and_the_trial_balance_holds(string locale, int width) =>
        PlayAsync(
            async () =>
            {
                Visitor desk = await SignedInAsync("desk@demo.example", width, locale);
                await desk.OpenAsync("/admin/ledger?q=customer.held&sort=-code");
                await SoundAsync("accounts");
                await desk.Page.Locator("tbody tr a").First.ClickAsync();
                await desk.ArriveAtAsync("**/admin/ledger/accounts/**");
                await Visitor.SeesAsync(desk.Page.Locator("tbody tr td:last-child").First);
                await SoundAsync("account");
                await desk.Page.Locator("tbody tr a").First.ClickAsync();
                await desk.ArriveAtAsync("**/admin/ledger/journals/**");
                await Visitor.SeesAsync(desk.Panel(desk.Words["LedgerText", "Legs"]));
                await SoundAsync("journal");
                await desk.OpenAsync("/admin/ledger/trial-balance");
                await desk.Button(desk.Words["LedgerText", "ComputeAgain"]).ClickAsync();
                await desk.Button(desk.Words["LedgerText", "VerifyNow"]).ClickAsync();
                await Visitor.SeesAsync(
                    desk.Panel(desk.Words["LedgerText", "Seals"])
                        .GetByText(desk.Words["LedgerText", "Seals.Intact"], new() { Exact = true })
                );
                await Assertions
                    .Expect(desk.Page.Locator("#invariants tbody .st"))
                    .ToHaveTextAsync(Enumerable.Repeat(desk.Words["LedgerText", "Holds"], 10));
                await SoundAsync("trial-balance");

                async Task SoundAsync(string page)
                {
                    await desk.SpeaksItsLanguageAsync();
                    await desk.PageIsSoundAsync();
                    await PictureAsync(desk, $"ledger-{page}-{width}");
                }
            },
            $"{nameof(An_account_leads_to_its_journal_and_the_trial_balance_holds)}.{locale}"
        );
}
