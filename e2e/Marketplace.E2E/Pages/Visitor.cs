using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Marketplace.E2E.Hosting;
using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>One person with one browser profile. Everything that goes wrong in the browser fails the test that caused it.</summary>
public sealed class Visitor : IAsyncDisposable
{
    public const string DemoPassword = "demo-Compute-2026";
    private static readonly string[] Grave = ["serious", "critical"];
    private readonly IBrowserContext context;
    private readonly List<string> troubles = [];

    private Visitor(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.PageError += (_, error) => troubles.Add($"page error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                troubles.Add($"console: {message.Text}");
        };
    }

    public IPage Page { get; }

    public static async Task<Visitor> ArriveAsync(RunningPortal portal, int width = 1440, string locale = "en-US")
    {
        var profile = await portal.Browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = portal.Url.ToString(),
                Locale = locale,
                ViewportSize = new ViewportSize { Width = width, Height = 900 },
            }
        );
        return new Visitor(profile, await profile.NewPageAsync());
    }

    public async Task SignInAsync(string email)
    {
        await Page.GotoAsync("/sign-in");
        await Page.Locator("input[type=email]").FillAsync(email);
        await Page.Locator("input[type=password]").FillAsync(DemoPassword);
        await Page.Locator("button[type=submit].primary").ClickAsync();
        await Page.Locator("main h1").First.WaitForAsync();
    }

    /// <summary>Opens a page and waits until its heading and its first content are there.</summary>
    public async Task OpenAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.Locator("main h1").First.WaitForAsync();
        await Page.Locator("main .skel").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    /// <summary>Paths of the rail's entries.</summary>
    public async Task<IReadOnlyList<string>> NavigationAsync()
    {
        var entries = await Page.Locator("nav.rail a.item").AllAsync();
        var paths = new List<string>();
        foreach (ILocator entry in entries)
            paths.Add(await entry.GetAttributeAsync("href") ?? "");
        return [.. paths.Select(p => p.StartsWith('/') ? p : "/" + p)];
    }

    /// <summary>No serious or critical finding of axe (WCAG).</summary>
    public async Task AxeFindsNothingGraveAsync()
    {
        AxeResult result = await Page.RunAxe();
        var grave = result.Violations.Where(v => Grave.Contains(v.Impact, StringComparer.Ordinal)).ToList();
        Assert.True(
            grave.Count == 0,
            $"{Page.Url}: " + string.Join("; ", grave.Select(v => $"{v.Id}: {v.Help} ({v.Nodes.Length}: {v.Nodes[0].Html})"))
        );
    }

    public async Task NothingScrollsSidewaysAsync()
    {
        int beyond = await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(beyond <= 0, $"{Page.Url} is {beyond} px wider than the screen.");
    }

    public void NothingWentWrong() => Assert.True(troubles.Count == 0, $"{Page.Url}: {string.Join("; ", troubles)}");

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
