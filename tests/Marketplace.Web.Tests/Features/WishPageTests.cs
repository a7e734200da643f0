using AngleSharp.Dom;
using Bunit;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Features.Customers.Configure;
using Marketplace.Web.Components.Features.Customers.Quotes;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Features;

/// <summary>Amounts of work, deadlines, the order of use and links, as a customer asks for them and reads the answer.</summary>
public sealed class WishPageTests(MarketHost host) : PageContext(host), IClassFixture<MarketHost>
{
    private readonly MarketHost market = host;

    [Fact]
    public async Task A_work_shows_its_chips_and_an_amount_with_a_deadline_picks_the_faster_one()
    {
        await SignInAsync(PartyKinds.Customer);
        Navigation.NavigateTo("/configure?work=llama3-8b");
        var page = Render<ConfigurePage>();
        await page.WaitForAssertionAsync(() => Assert.Equal(["L40S", "H100-80G"], Chips(page)));
        // 12.5 / 5777.08 against 1.25 / 1642.22.
        Assert.Equal("65%", page.FindComponent<ChipTable>().FindAll("tbody tr")[1].LastElementChild!.TextContent);
        // Everything further stays folded until somebody wants it.
        Assert.False(page.Find("details.more-wishes").HasAttribute("open"));
        Assert.Equal("× 1M tokens", Input(page, "Amount of work").ParentElement!.QuerySelector(".unit")!.TextContent);

        await ChangeAsync(page, "Length", "2");
        await ChangeAsync(page, "Amount of work", "20");
        await page.WaitForAssertionAsync(() => Assert.Contains("3.38 h", Fields(page)["Hours needed"], StringComparison.Ordinal));
        Assert.Contains("¥4.23", Fields(page)["All of the work, before tax"], StringComparison.Ordinal);
        await PressAsync(page, () => page.FindAll("button").Single(b => b.TextContent.Trim() == "Buy 3.39 h"));
        await page.WaitForAssertionAsync(() => Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent.Contains("Buy", Ordinal)));
        Assert.Equal("3.39", Input(page, "Length").GetAttribute("value"));

        await ChangeAsync(page, "To be done within", "1");
        await page.WaitForAssertionAsync(() => Assert.Contains("0.96 h", Fields(page)["Hours needed"], StringComparison.Ordinal));
        Assert.Contains("Hall cn-north-1", Fields(page)["Where"], StringComparison.Ordinal);

        await ChangeAsync(page, "To be done within", "0.5");
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("ask for 2 replicas of main, which are fast enough", page.Find(".fits").TextContent, StringComparison.Ordinal)
        );
        // An amount of one work says nothing about another.
        await page.InvokeAsync(() => Labelled(page, "Compare by work").ChangeAsync(new() { Value = "sdxl" }));
        await page.WaitForAssertionAsync(() => Assert.Equal("", Input(page, "Amount of work").GetAttribute("value") ?? ""));
    }

    [Fact]
    public async Task The_order_of_use_is_a_choice_and_own_machines_are_offered_to_those_who_have_some()
    {
        await SignInAsync(PartyKinds.Customer);
        Navigation.NavigateTo("/configure");
        var page = Render<ConfigurePage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Hall cn-east-1", Fields(page)["Where"], StringComparison.Ordinal));
        Assert.DoesNotContain(Firsts(page), text => text.Contains("Own machines", Ordinal));
        await page.InvokeAsync(() => First(page).ChangeAsync(new() { Value = nameof(FirstUse.Cloud) }));
        await page.WaitForAssertionAsync(() => Assert.Contains("Hall cn-north-1", Fields(page)["Where"], StringComparison.Ordinal));
        Assert.Contains("order of use 1", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_with_own_machines_may_use_only_them()
    {
        await SignInAsync(PartyKinds.Customer | PartyKinds.Center);
        Navigation.NavigateTo("/configure");
        Speak("zh-CN");
        var page = Render<ConfigurePage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(Firsts(page)));
        Assert.Contains("只用自有机器", Firsts(page));
        await page.InvokeAsync(() => First(page).ChangeAsync(new() { Value = nameof(FirstUse.OwnOnly) }));
        await page.WaitForAssertionAsync(() => Assert.Contains("没有合适的在售资源", page.Markup, StringComparison.Ordinal));
        Assert.Contains("使用顺序", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_of_a_service_graph_shows_each_link_against_its_bound()
    {
        string me = await SignInAsync(PartyKinds.Customer);
        var request = new WorkloadRequest
        {
            Name = "inspect-1",
            Product = ProductKind.Job,
            BundleId = market.BundleId,
            Hours = 2,
        };
        var quote = PortalHost.Must(
            await Host.ActAsync<IQuotes, Outcome<QuoteView>>(
                new Actor(me, PartyKinds.Customer, MemberRole.Owner),
                q => q.RequestAsync(request, "wish-" + me, default)
            )
        );
        Navigation.NavigateTo($"/quotes/{quote.Id}");
        var page = Render<QuotePage>(p => p.Add(x => x.Id, quote.Id));
        await page.WaitForAssertionAsync(() => Assert.Single(page.FindAll("table.links tbody tr")));
        var cells = page.FindAll("table.links tbody td").Select(td => td.TextContent).ToList();
        Assert.Equal("camera → judgeHall cn-east-1 to Hall cn-north-1", cells[0]);
        Assert.Equal(["30 ms", "40 mskept"], cells[1..3]);
        Assert.Contains("17.58", cells[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_says_hours_and_cost_of_the_work_and_the_way_back_to_the_form_keeps_the_wish()
    {
        string me = await SignInAsync(PartyKinds.Customer);
        var request = new WorkloadRequest
        {
            Name = "train-1",
            Product = ProductKind.Job,
            Image = "team/train:1",
            Work = "llama3-8b",
            WorkUnits = 20_000_000,
            DeadlineHours = 1,
            Hours = 2,
            Policy = new PolicyRequest([new PolicyTierRequest { SiteTiers = [SiteTier.Cloud] }, new PolicyTierRequest()]),
        };
        var quote = PortalHost.Must(
            await Host.ActAsync<IQuotes, Outcome<QuoteView>>(
                new Actor(me, PartyKinds.Customer, MemberRole.Owner),
                q => q.RequestAsync(request, "wish-" + me, default)
            )
        );
        var page = Render<QuotePage>(p => p.Add(x => x.Id, quote.Id));
        await page.WaitForAssertionAsync(() => Assert.Contains("0.96 h", page.Find(".under").TextContent, StringComparison.Ordinal));
        Assert.Contains("¥12.02", page.Find(".under").TextContent, StringComparison.Ordinal);
        Assert.Contains("Within the hours you buy.", page.Find(".under").TextContent, StringComparison.Ordinal);
        Assert.Contains("20 × 1M Llama 3.1 8B", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindComponents<LinkTable>());

        Navigation.NavigateTo($"/configure?from={quote.Id}");
        var form = Render<ConfigurePage>();
        await form.WaitForAssertionAsync(() => Assert.True(form.Find("details.more-wishes").HasAttribute("open")));
        Assert.Equal(
            ("20", "1"),
            (Input(form, "Amount of work").GetAttribute("value"), Input(form, "To be done within").GetAttribute("value"))
        );
        Assert.Equal(nameof(FirstUse.Cloud), First(form).GetAttribute("value"));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static IEnumerable<string> Chips(IRenderedComponent<ConfigurePage> page) =>
        page.FindComponents<ChipTable>().SelectMany(t => t.FindAll("tbody td:first-child")).Select(td => td.TextContent);

    private static IElement Input(IRenderedComponent<ConfigurePage> page, string label) => Labelled(page, label);

    private static IElement Labelled(IRenderedComponent<ConfigurePage> page, string label) =>
        page.Find("#" + page.FindAll("label").First(l => l.TextContent.Trim() == label).GetAttribute("for"));

    private static IElement First(IRenderedComponent<ConfigurePage> page) => page.Find("details.more-wishes select");

    private static IEnumerable<string> Firsts(IRenderedComponent<ConfigurePage> page) =>
        page.FindAll("details.more-wishes option").Select(o => o.TextContent);

    private static Dictionary<string, string> Fields(IRenderedComponent<ConfigurePage> page) =>
        page.FindAll(".hold dl > div").ToDictionary(d => d.Children[0].TextContent, d => d.Children[1].TextContent, StringComparer.Ordinal);

    private static Task ChangeAsync(IRenderedComponent<ConfigurePage> page, string label, string value) =>
        page.InvokeAsync(() => Input(page, label).ChangeAsync(new() { Value = value }));
}
