using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>The customer's main way in Chinese: nothing is left in English.</summary>
[Collection(CustomerFlows.Name)]
public sealed class CustomerInChinese(RunningPortal portal) : Flow(portal)
{
    [BrowserFact]
    public Task From_exploring_to_the_charge() =>
        PlayAsync(async () =>
        {
            Visitor visitor = await SignedInAsync("customer@demo.example", locale: "zh-CN");
            var explore = new ExplorePage(visitor);
            await explore.OpenAsync();
            await visitor.SpeaksItsLanguageAsync();
            await explore.ShowListAsync();
            await visitor.SpeaksItsLanguageAsync();
            await explore.OpenAsync();
            await explore.ConfigureAsync("Ascend910B", "呼和浩特");
            var form = new ConfigurePage(visitor);
            await form.FillAsync("Name", Fresh("zh"));
            await form.FillAsync("Image", "demo/train:3.1");
            await form.FillAsync("Hours", "1");
            await Visitor.SeesAsync(form.Price);
            await visitor.SpeaksItsLanguageAsync();
            QuotePage quote = await form.AskAsync();
            await visitor.SpeaksItsLanguageAsync();
            RunPage run = await quote.AcceptAsync();
            await run.ReachesAsync("Active");
            await Visitor.SeesAsync(run.LogLines.First);
            await visitor.SpeaksItsLanguageAsync();
            await run.StopAsync();
            await run.ReachesAsync("Settled");
            await visitor.SpeaksItsLanguageAsync();
            await ListsAsync(visitor);
        });

    private static async Task ListsAsync(Visitor visitor)
    {
        foreach (string path in new[] { "/quotes", "/orders", "/runs", "/endpoints", "/costs", "/invoices" })
        {
            await visitor.OpenAsync(path);
            await visitor.Page.Locator("main table tbody tr").First.WaitForAsync();
            await visitor.SpeaksItsLanguageAsync();
        }
        await visitor.Page.Locator("main table tbody a").First.ClickAsync();
        await visitor.ArriveAtAsync("**/invoices/*");
        await visitor.SpeaksItsLanguageAsync();
    }
}
