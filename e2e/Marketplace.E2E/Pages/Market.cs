using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>Explore: live capacity by chip and site.</summary>
public sealed class ExplorePage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public ILocator Chips => visitor.Page.GetByRole(AriaRole.Rowheader).Locator("b");

    public Task OpenAsync(string query = "") => visitor.OpenAsync("/explore" + query);

    /// <summary>Narrows by one of the filters, by their own words, for example <c>("Vendor", "NVIDIA")</c>.</summary>
    public Task FilterAsync(string key, string option) => visitor.FilterAsync(Words["ExploreText", key], option);

    /// <summary>What a filter is set to now.</summary>
    public ILocator Chosen(string key, string option) =>
        visitor
            .Page.Locator("main summary.chip.on")
            .Filter(new LocatorFilterOptions { HasText = $"{Words["ExploreText", key]}: {option}" });

    /// <summary>Takes the cell of a chip at a site to configuring.</summary>
    public async Task ConfigureAsync(string chip, string site)
    {
        var row = visitor
            .Page.GetByRole(AriaRole.Row)
            .Filter(
                new LocatorFilterOptions
                {
                    Has = visitor.Page.GetByRole(AriaRole.Rowheader).Filter(new LocatorFilterOptions { HasText = chip }),
                }
            );
        await row.GetByRole(AriaRole.Cell).Filter(new LocatorFilterOptions { HasText = site }).Locator("a").First.ClickAsync();
        await visitor.ArriveAtAsync("**/configure?**");
    }

    /// <summary>The offers as a list.</summary>
    public async Task ShowListAsync()
    {
        await visitor.Button(Words["ExploreText", "View.List"]).ClickAsync();
        await visitor
            .Page.GetByRole(AriaRole.Columnheader, new PageGetByRoleOptions { Name = Words["ExploreText", "List.Offer"] })
            .WaitForAsync();
    }
}

/// <summary>Configure: say what to run; the price follows.</summary>
public sealed class ConfigurePage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public Task OpenAsync(string query = "") => visitor.OpenAsync("/configure" + query);

    public Task FillAsync(string key, string text) => visitor.FillAsync(Words["ConfigureText", key], text);

    public Task ProductAsync(string kind) =>
        visitor.Page.GetByText(Words["WordsText", $"Product.{kind}"], new PageGetByTextOptions { Exact = true }).ClickAsync();

    /// <summary>Takes a bundle instead of an own image, by the start of its title.</summary>
    public async Task BundleAsync(string title)
    {
        var field = visitor.Field(Words["ConfigureText", "Bundle"]);
        string option = await field.Locator("option").Filter(new LocatorFilterOptions { HasText = title }).First.InnerTextAsync();
        await field.SelectOptionAsync(new SelectOptionValue { Label = option });
    }

    /// <summary>The price of what the form says now.</summary>
    public ILocator Price => visitor.Page.Locator("main .hold .tot b");

    public ILocator Refusal =>
        visitor.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = Words["ConfigureText", "Refused"] });

    /// <summary>Asks for the firm quote and waits for it.</summary>
    public async Task<QuotePage> AskAsync()
    {
        await Submit.ClickAsync();
        await visitor.ArriveAtAsync("**/quotes/*");
        return new QuotePage(visitor);
    }

    /// <summary>The form's own button; the price panel repeats it.</summary>
    public ILocator Submit =>
        visitor
            .Page.Locator("main form")
            .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = Words["ConfigureText", "Submit"] });
}

/// <summary>A firm quote and its clock.</summary>
public sealed class QuotePage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public string Id => new Uri(visitor.Page.Url).Segments[^1];

    public Task OpenAsync(string id) => visitor.OpenAsync($"/quotes/{id}");

    /// <summary>The ring that counts down how long it holds.</summary>
    public ILocator Countdown => visitor.Page.GetByRole(AriaRole.Timer);

    public ILocator Place => visitor.Button(Words["QuoteText", "Place"]);

    public ILocator Again => visitor.Button(Words["QuoteText", "Again"]);

    public ILocator Says(string key) => visitor.Page.GetByText(Words["QuoteText", key], new PageGetByTextOptions { Exact = true });

    /// <summary>Places the order and waits for the run.</summary>
    public async Task<RunPage> AcceptAsync()
    {
        await Place.ClickAsync();
        await visitor.PressInDialogAsync(Words["QuoteText", "Confirm.Yes"]);
        await visitor.ArriveAtAsync("**/runs/*");
        return new RunPage(visitor);
    }

    public async Task WithdrawAsync()
    {
        await visitor.Button(Words["QuoteText", "Withdraw"]).ClickAsync();
        await visitor.ConfirmAsync(Words["QuoteText", "Withdraw"]);
    }
}

/// <summary>One run from its order to its end.</summary>
public sealed class RunPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public string Id => new Uri(visitor.Page.Url).Segments[^1];

    public Task OpenAsync(string id) => visitor.OpenAsync($"/runs/{id}");

    /// <summary>Waits until the run says it is in this state.</summary>
    public Task ReachesAsync(string state, float seconds = 60) =>
        Assertions
            .Expect(visitor.Status)
            .ToHaveTextAsync(Words["WordsText", $"Contract.{state}"], new LocatorAssertionsToHaveTextOptions { Timeout = seconds * 1000 });

    public ILocator LogLines => visitor.Page.GetByRole(AriaRole.Log).Locator("> *");

    public ILocator Spend => visitor.Panel(Words["RunText", "Spend"]);

    public ILocator Stage(string code) =>
        visitor.Page.GetByRole(AriaRole.Listitem).Filter(new LocatorFilterOptions { HasText = Words["WordsText", $"Stage.{code}"] });

    /// <summary>Asks for the namespace's kubeconfig and saves it as a file.</summary>
    public async Task<string> DownloadKubeconfigAsync()
    {
        await visitor.Button(Words["RunText", "Kubeconfig"]).ClickAsync();
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Link(Words["RunText", "Kubeconfig.Save"]).ClickAsync());
        Assert.EndsWith(".yaml", download.SuggestedFilename, StringComparison.Ordinal);
        using var reader = new StreamReader(await download.CreateReadStreamAsync());
        return await reader.ReadToEndAsync();
    }

    public async Task ExtendAsync(string hours)
    {
        await visitor.Button(Words["RunText", "Extend"]).ClickAsync();
        await visitor.FillAsync(Words["RunText", "Extend.Hours"], hours);
        await visitor.ConfirmAsync(Words["RunText", "Extend.Yes"]);
    }

    /// <summary>Asks to stop, reads what it costs, and stops.</summary>
    public async Task<string> StopAsync()
    {
        await visitor.Button(Words["RunText", "Stop"]).ClickAsync();
        string cost = await visitor.Dialog.Locator(".cost").InnerTextAsync();
        await visitor.ConfirmAsync(Words["RunText", "Stop.Yes"]);
        return cost;
    }
}
