using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Marketplace.Simulator;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>A compute center's way from a kubeconfig to earnings.</summary>
[Collection(SellerFlows.Name)]
public sealed class CenterSells(RunningPortal portal) : Flow(portal)
{
    private const string Center = "center@demo.example";

    [BrowserFact]
    public Task From_a_kubeconfig_to_a_priced_listing_and_back() =>
        PlayAsync(async () =>
        {
            string name = Fresh("hall");
            await using SimulatedCluster cluster = await SimulatedCluster.StartAsync(
                new SimulatedClusterOptions { Name = name, Fleet = "cloud-chinese" }
            );
            Visitor visitor = await SignedInAsync(Center);
            var clusters = new ClustersPage(visitor);
            await clusters.OpenAsync();
            await visitor.MarkAsync();
            await clusters.ConnectAsync(name, cluster.KubeConfig);
            await Visitor.SeesAsync(clusters.Step("Step.Waiting.Done"));
            await Visitor.SeesAsync(clusters.Step("Step.Inventory.Found"));
            await Visitor.SeesAsync(clusters.Step("Step.Price.Now"));
            await visitor.WasNotReloadedAsync();
            await visitor.PageIsSoundAsync();
            await Assertions.Expect(clusters.Row(name)).ToContainTextAsync("MLU590");
            await visitor.Link(visitor.Words["ClustersText", "Step.Price.Link"]).ClickAsync();
            await visitor.ArriveAtAsync("**/center/listings/new?**");
            await ListsAsync(visitor, name);
            await RepricesAsync(visitor);
            await visitor.OpenAsync("/center/fleet");
            await Visitor.SeesAsync(visitor.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "MLU590" }));
            await visitor.PageIsSoundAsync();
            await visitor.OpenAsync("/center/earnings");
            await Visitor.SeesAsync(visitor.Panel(visitor.Words["EarningsText", "Charges"]).GetByRole(AriaRole.Row).Nth(1));
            await visitor.PageIsSoundAsync();
            await clusters.OpenAsync();
            await clusters.DisconnectAsync(name);
            await visitor.SeesTextAsync(visitor.Words["ClustersText", "Disconnect.Done", name]);
        });

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task What_is_wrong_with_a_kubeconfig_is_said_at_its_field(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await SignedInAsync(Center, locale: locale);
                var clusters = new ClustersPage(visitor);
                await clusters.OpenAsync();
                await RefusedAsync("kind: Config\n", "The kubeconfig does not say which context to use.");
                await RefusedAsync(Nobody("https://127.0.0.1:9"), "No connection to {0}.");
                await RefusedAsync(
                    Nobody("http://10.0.0.1:6443"),
                    "The server address is plain http, so credentials would travel unprotected."
                );
                await visitor.PageIsSoundAsync();

                async Task RefusedAsync(string kubeconfig, string problem)
                {
                    await clusters.ConnectAsync(Fresh("nowhere"), kubeconfig);
                    await Assertions.Expect(clusters.FieldProblem).ToContainTextAsync(visitor.Words.Piece("ProblemText", problem));
                    await visitor.SpeaksItsLanguageAsync(visitor.Panel(visitor.Words["ClustersText", "Connect"]));
                }
            },
            nameof(What_is_wrong_with_a_kubeconfig_is_said_at_its_field) + "." + locale
        );

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task More_than_the_cluster_has_cannot_be_listed(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await SignedInAsync(Center, locale: locale);
                await visitor.OpenAsync("/center/listings/new");
                var listing = new ListingPage(visitor);
                await listing.ChooseModelAsync("MLU590");
                await listing.FillAsync("ListingTitle", Fresh("too-much"));
                await listing.FillAsync("Offered", "999");
                await listing.FillAsync("WholesalePrice", "5");
                await listing.Save.ClickAsync();
                var wrong = visitor.Page.Locator(".field.wrong");
                await Assertions.Expect(wrong).ToContainTextAsync("999");
                await Assertions.Expect(wrong).ToContainTextAsync("48");
                await visitor.SpeaksItsLanguageAsync(visitor.Page.Locator("main"));
                await visitor.PageIsSoundAsync();
            },
            nameof(More_than_the_cluster_has_cannot_be_listed) + "." + locale
        );

    private static async Task ListsAsync(Visitor visitor, string cluster)
    {
        var listing = new ListingPage(visitor);
        await listing.ChooseModelAsync("MLU590");
        await listing.FillAsync("ListingTitle", cluster);
        await listing.FillAsync("Offered", "8");
        await listing.UseSuggestion.ClickAsync();
        await Assertions.Expect(listing.Price).Not.ToHaveValueAsync("");
        await visitor.PageIsSoundAsync();
        await listing.Save.ClickAsync();
        await visitor.SeesTextAsync(visitor.Words["ListingsText", "Published", cluster]);
    }

    private static async Task RepricesAsync(Visitor visitor)
    {
        var listing = new ListingPage(visitor);
        await visitor.ArriveAtAsync("**/center/listings/lst_*");
        await Assertions.Expect(listing.Versions).ToHaveCountAsync(1);
        await listing.ChangePriceAsync("5.91");
        await Assertions.Expect(listing.Versions).ToHaveCountAsync(2);
        await Assertions
            .Expect(listing.Versions.Filter(new LocatorFilterOptions { HasText = "5.9100" }))
            .ToContainTextAsync(visitor.Words["ListingsText", "Version.Now"]);
        await visitor.PageIsSoundAsync();
    }

    private static string Nobody(string server) =>
        $"""
            apiVersion: v1
            kind: Config
            current-context: a
            clusters:
            - name: a
              cluster:
                server: {server}
            users:
            - name: a
              user:
                token: nobody
            contexts:
            - name: a
              context:
                cluster: a
                user: a
            """;
}
