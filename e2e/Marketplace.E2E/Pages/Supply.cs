using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>A center's clusters: connecting one, and what it reports.</summary>
public sealed class ClustersPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public Task OpenAsync() => visitor.OpenAsync("/center/clusters");

    public async Task ConnectAsync(string name, string kubeconfig)
    {
        var panel = visitor.Panel(Words["ClustersText", "Connect"]);
        await panel.GetByLabel(Words["ClustersText", "Name"], new LocatorGetByLabelOptions { Exact = true }).FillAsync(name);
        await panel.GetByLabel(Words["ClustersText", "Kubeconfig"], new LocatorGetByLabelOptions { Exact = true }).FillAsync(kubeconfig);
        await panel
            .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = Words["ClustersText", "Connect.Do"], Exact = true })
            .ClickAsync();
    }

    /// <summary>One of the live steps, when it is done.</summary>
    public ILocator Step(string key) =>
        visitor
            .Panel(Words["ClustersText", "Connect"])
            .GetByRole(AriaRole.Listitem)
            .Filter(new LocatorFilterOptions { HasText = Words.Start("ClustersText", key) });

    /// <summary>What is wrong, at the field it is wrong in.</summary>
    public ILocator FieldProblem => visitor.Panel(Words["ClustersText", "Connect"]).Locator(".field-error");

    public ILocator Row(string name) => visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = name });

    public async Task DisconnectAsync(string name)
    {
        await Row(name).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = Words["ClustersText", "Disconnect"] }).ClickAsync();
        await visitor.Dialog.GetByRole(AriaRole.Textbox).FillAsync(name);
        await visitor.ConfirmAsync(Words["ClustersText", "Disconnect.Do"]);
    }
}

/// <summary>A center's listings and their prices.</summary>
public sealed class ListingPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public Task OpenNewAsync(string clusterId) => visitor.OpenAsync($"/center/listings/new?cluster={clusterId}");

    public Task FillAsync(string key, string text) => visitor.FillAsync(Words["ListingsText", key], text);

    /// <summary>Chooses the model and waits for the title the form proposes with it, as a person does who reads before typing over it.</summary>
    public async Task ChooseModelAsync(string model)
    {
        await ChooseStartingAsync(Words["ListingsText", "Model"], model);
        await Assertions
            .Expect(visitor.Field(Words["ListingsText", "ListingTitle"]))
            .ToHaveValueAsync(new Regex("^" + Regex.Escape(model), RegexOptions.None, TimeSpan.FromSeconds(1)));
    }

    public Task ChooseClusterAsync(string name) => visitor.ChooseAsync(Words["ListingsText", "Cluster"], name);

    public ILocator Save => visitor.Button(Words["ListingsText", "New.Save"]);

    public ILocator UseSuggestion => visitor.Button(Words["ListingsText", "UseIt"]);

    public ILocator Price => visitor.Field(Words["ListingsText", "WholesalePrice"]);

    public ILocator Versions => visitor.Panel(Words["ListingsText", "Versions"]).Locator("tbody tr");

    public async Task ChangePriceAsync(string price)
    {
        await FillAsync("WholesalePrice", price);
        await visitor.Button(Words["ListingsText", "ChangePrice.Do"]).ClickAsync();
    }

    private async Task ChooseStartingAsync(string label, string start)
    {
        var field = visitor.Field(label);
        string option = await field.Locator("option").Filter(new LocatorFilterOptions { HasText = start }).First.InnerTextAsync();
        await field.SelectOptionAsync(new SelectOptionValue { Label = option });
    }
}

/// <summary>An operator's bundle, from its recipe to the customer's form.</summary>
public sealed class BundleBuilder(Visitor visitor)
{
    private Words Words => visitor.Words;

    /// <summary>Where the money of an hour goes.</summary>
    public ILocator Margin =>
        visitor
            .Page.GetByRole(AriaRole.Main)
            .GetByRole(AriaRole.Img, new LocatorGetByRoleOptions { Name = Words["BundlesText", "Cost.Chart"] });

    public Task OpenNewAsync() => visitor.OpenAsync("/operator/bundles/new");

    public async Task DescribeAsync(string title, string industry, string product)
    {
        await FillAsync("Name", title);
        await FillAsync("Industry", industry);
        await FillAsync("Summary", "Reads pages.");
        await visitor.ChooseAsync(Words["BundlesText", "Product"], Words["BundlesText", $"Product.{product}"]);
    }

    /// <summary>Fills in the one role a new bundle starts with.</summary>
    public async Task RoleAsync(string name, string image, string chip)
    {
        await FillAsync("Role.Name", name);
        await visitor.Field(Words["BundlesText", "Variant.Chip"]).SelectOptionAsync(chip);
        await FillAsync("Variant.Image", image);
    }

    public async Task AddParameterAsync(string name, string label, string labelZh)
    {
        await PressAsync("Parameter.Add");
        var card = visitor.Page.Locator(".role-card").Last;
        await card.GetByLabel(Words["BundlesText", "Parameter.Name"], new LocatorGetByLabelOptions { Exact = true }).FillAsync(name);
        await card.GetByLabel(Words["BundlesText", "Parameter.Label"], new LocatorGetByLabelOptions { Exact = true }).FillAsync(label);
        await card.GetByLabel(Words["BundlesText", "Parameter.LabelZh"], new LocatorGetByLabelOptions { Exact = true }).FillAsync(labelZh);
        await card.GetByLabel(Words["BundlesText", "Parameter.LabelZh"], new LocatorGetByLabelOptions { Exact = true }).BlurAsync();
        // The customer's form beside it follows.
        await Visitor.SeesAsync(visitor.Field(label));
    }

    private Task FillAsync(string key, string text) => visitor.FillAsync(Words["BundlesText", key], text);

    private Task PressAsync(string key) => visitor.Button(Words["BundlesText", key]).ClickAsync();
}
