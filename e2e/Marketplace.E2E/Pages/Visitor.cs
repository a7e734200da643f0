using Marketplace.E2E.Hosting;
using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>One person with one browser profile. Everything that goes wrong in the browser fails the test that caused it.</summary>
public sealed class Visitor : IAsyncDisposable
{
    public const string DemoPassword = "demo-Compute-2026";
    private const float Patience = 30_000;

    // A copy of the page at each step costs a third of a flow; whoever looks for a fault asks for it.
    private static readonly bool Traced = Environment.GetEnvironmentVariable("E2E_TRACE") == "1";
    private readonly IBrowserContext context;
    private readonly List<string> troubles = [];

    private Visitor(IBrowserContext context, IPage page, string locale)
    {
        (this.context, Page, Words) = (context, page, Words.Of(locale));
        Watch(page);
    }

    public IPage Page { get; }

    /// <summary>The portal's words in this person's language.</summary>
    public Words Words { get; }

    /// <param name="remembered">What the browser remembers of an earlier visit; null for somebody new.</param>
    public static async Task<Visitor> ArriveAsync(
        RunningPortal portal,
        int width = 1440,
        string locale = "en-US",
        ColorScheme scheme = ColorScheme.Light,
        string? remembered = null
    )
    {
        var profile = await portal.Browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = portal.Url.ToString(),
                Locale = locale,
                ColorScheme = scheme,
                // What is half faded in has too little contrast for axe, and where it stands is not where it will.
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = width, Height = 900 },
                StorageState = remembered,
            }
        );
        profile.SetDefaultTimeout(Patience);
        if (Traced)
            await profile.Tracing.StartAsync(new TracingStartOptions { Snapshots = true });
        return new Visitor(profile, await profile.NewPageAsync(), locale);
    }

    /// <summary>Another tab of the same person.</summary>
    public async Task<Visitor> OpenTabAsync(string locale = "en-US") => new(context, await context.NewPageAsync(), locale);

    public async Task SignInAsync(string email, string password = DemoPassword)
    {
        await Page.GotoAsync("/sign-in");
        await Page.Locator("input[type=email]").FillAsync(email);
        await Page.Locator("input[type=password]").FillAsync(password);
        await Page.Locator("button[type=submit].primary").ClickAsync();
        await Page.Locator("main h1").First.WaitForAsync();
    }

    /// <summary>What the browser remembers of the sign-in, for a later visit of the same person.</summary>
    public Task<string> RememberedAsync() => context.StorageStateAsync();

    /// <summary>Opens a page and waits until its heading and its first content are there.</summary>
    public async Task OpenAsync(string path)
    {
        await Page.GotoAsync(path);
        await SettleAsync();
    }

    /// <summary>Waits until the page's heading and its first content are there.</summary>
    public async Task SettleAsync()
    {
        await Page.Locator("main h1").First.WaitForAsync();
        await Page.Locator("main .skel").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    /// <summary>Waits for the address; a change within the page counts.</summary>
    public async Task ArriveAtAsync(string pattern)
    {
        await Page.WaitForURLAsync(pattern, new PageWaitForURLOptions { WaitUntil = WaitUntilState.Commit });
        await SettleAsync();
    }

    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = text, Level = 1 });

    public ILocator Button(string text) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = text, Exact = true });

    public ILocator Link(string text) => Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = text, Exact = true });

    public ILocator Field(string label) => Page.GetByLabel(label, new PageGetByLabelOptions { Exact = true });

    /// <summary>The dialog that asks before something costs.</summary>
    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    /// <summary>The chip beside the heading.</summary>
    public ILocator Status => Page.Locator("main h1 .st");

    /// <summary>A panel by its title.</summary>
    public ILocator Panel(string title) => Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = title, Exact = true });

    /// <summary>Expects the element to be seen, and says so with Playwright's own patience.</summary>
    public static Task SeesAsync(ILocator element) =>
        Assertions.Expect(element).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = Patience });

    /// <summary>Expects the element to read exactly this, sooner or later.</summary>
    public static Task ReadsAsync(ILocator element, string text) =>
        Assertions.Expect(element).ToHaveTextAsync(text, new LocatorAssertionsToHaveTextOptions { Timeout = Patience });

    /// <summary>Expects a sentence somewhere on the page.</summary>
    public Task SeesTextAsync(string text) => SeesAsync(Page.Locator("body").GetByText(text).First);

    /// <summary>Types into a field and leaves it, as a person who goes on to the next.</summary>
    public async Task FillAsync(string label, string text)
    {
        await Field(label).FillAsync(text);
        await Field(label).BlurAsync();
    }

    public Task ChooseAsync(string label, string option) => Field(label).SelectOptionAsync(new SelectOptionValue { Label = option });

    /// <summary>Chooses one option of a filter above a list.</summary>
    public async Task FilterAsync(string filter, string option)
    {
        var menu = Page.Locator("main details.menu").Filter(new LocatorFilterOptions { HasText = $"{filter}:" });
        await menu.Locator("summary").ClickAsync();
        await menu.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = option, Exact = true }).ClickAsync();
        await menu.Locator("summary").GetByText(option, new LocatorGetByTextOptions { Exact = true }).WaitForAsync();
    }

    public Task PressInDialogAsync(string button) =>
        Dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button, Exact = true }).ClickAsync();

    /// <summary>Presses the dialog's button; it must close.</summary>
    public async Task ConfirmAsync(string button)
    {
        await PressInDialogAsync(button);
        await Dialog.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    /// <summary>The dialog shows this problem or fix, in the person's language, and says nothing in another.</summary>
    public async Task DialogSaysAsync(string problem)
    {
        await SeesAsync(Dialog.GetByText(Words.Start("ProblemText", problem)));
        await SpeaksItsLanguageAsync(Dialog);
    }

    /// <summary>A Chinese page has no English left; on an English one there is nothing to prove.</summary>
    public async Task SpeaksItsLanguageAsync(ILocator? part = null)
    {
        if (Words.IsChinese)
            Assert.Empty(await EnglishLeft.InAsync(part ?? Page.Locator("body")));
    }

    /// <summary>Marks the page, to know later whether it was loaded anew.</summary>
    public Task MarkAsync() => Page.EvaluateAsync("() => { window.unbroken = true; }");

    /// <summary>Whatever changed since the mark came by push.</summary>
    public async Task WasNotReloadedAsync() => Assert.True(await Page.EvaluateAsync<bool>("() => window.unbroken === true"));

    /// <summary>Paths of the rail's entries.</summary>
    public async Task<IReadOnlyList<string>> NavigationAsync()
    {
        var entries = await Page.Locator("nav.rail a.item").AllAsync();
        var paths = new List<string>();
        foreach (ILocator entry in entries)
            paths.Add(await entry.GetAttributeAsync("href") ?? "");
        return [.. paths.Select(p => p.StartsWith('/') ? p : "/" + p)];
    }

    /// <summary>The page is sound as it stands: one heading, nothing grave from axe, no error in the console.</summary>
    public async Task PageIsSoundAsync()
    {
        Assert.Equal(1, await Page.Locator("h1").CountAsync());
        await AxeFindsNothingGraveAsync();
        NothingWentWrong();
    }

    /// <summary>No serious or critical finding of axe (WCAG).</summary>
    public async Task AxeFindsNothingGraveAsync()
    {
        var grave = await Axe.GraveAsync(Page);
        Assert.True(grave.Count == 0, $"{Page.Url}: {string.Join("; ", grave)}");
    }

    public async Task NothingScrollsSidewaysAsync()
    {
        int beyond = await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        string[] culprits = await Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).filter(e => ![...e.children].some(c => c.getBoundingClientRect().right > innerWidth + 0.5)).slice(0, 5)"
                + ".map(e => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)} ${e.textContent.trim().slice(0, 40)}`)"
        );
        Assert.True(beyond <= 0, $"{Page.Url} is {beyond} px wider than the screen: {string.Join("; ", culprits)}");
    }

    public void NothingWentWrong() => Assert.True(troubles.Count == 0, $"{Page.Url}: {string.Join("; ", troubles)}");

    /// <summary>A picture of the page, and with <c>E2E_TRACE=1</c> the trace of everything done so far (<c>playwright show-trace</c>).</summary>
    public async Task KeepEvidenceAsync(string path)
    {
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path + ".png", FullPage = true });
        await File.WriteAllLinesAsync(path + ".txt", [Page.Url, .. troubles]);
        if (Traced)
            await context.Tracing.StopAsync(new TracingStopOptions { Path = path + ".zip" });
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Watch(IPage page)
    {
        page.PageError += (_, error) => troubles.Add($"page error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                troubles.Add($"console: {message.Text}");
        };
    }
}
