using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Usage;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>The pages of usage as the network desk and strangers see them.</summary>
public sealed class QuarantinePageTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private static readonly DateTimeOffset At = new(2030, 1, 15, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A reading of a contract that is not there.</summary>
    private async Task<string> SetAsideAsync(string meter = "card-seconds")
    {
        string id = Host.Services.GetRequiredService<IdFactory>().New("evt");
        await Host.ActAsync<IMetering, UsageReceipt>(
            Actor.System,
            m =>
                m.TakeAsync(
                    new UsageReport([new UsageReading("clu_1", id, "ctr_" + id, "pod", meter, 60, At, At.AddMinutes(1), Final: false)], []),
                    default
                )
        );
        return id;
    }

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<QuarantinePage> page, string id) =>
        page.FindAll("tbody tr").Single(row => row.TextContent.Contains(id, StringComparison.Ordinal));

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<QuarantinePage> page, string id, string text) =>
        Row(page, id).QuerySelectorAll("button").Single(b => b.TextContent.Trim() == text);

    [Fact]
    public async Task A_reading_is_shown_with_its_reason_and_dismissed_with_one()
    {
        string id = await SetAsideAsync();
        await SignInAsync(PartyKinds.Platform);
        var page = Render<QuarantinePage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("No such contract", Row(page, id).TextContent, StringComparison.Ordinal));
        Assert.Contains(id, Button(page, id, "Release").GetAttribute("aria-label"), StringComparison.Ordinal);

        // It still fits nowhere: the dialog says so and stays.
        await PressAsync(page, () => Button(page, id, "Release"));
        await page.WaitForAssertionAsync(() => page.Find("dialog textarea"));
        await page.InvokeAsync(() => page.Find("dialog textarea").Change("looked at it"));
        await PressAsync(page, () => page.FindAll("dialog button")[1]);
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("unknown-contract", page.Find("dialog").TextContent, StringComparison.Ordinal)
        );
        await PressAsync(page, () => page.FindAll("dialog button")[0]);

        await PressAsync(page, () => Button(page, id, "Dismiss"));
        await page.WaitForAssertionAsync(() => page.Find("dialog textarea"));
        // Without a reason nothing is decided.
        await PressAsync(page, () => page.FindAll("dialog button")[1]);
        await page.WaitForAssertionAsync(() => Assert.Contains("1 to 500", page.Find("dialog").TextContent, StringComparison.Ordinal));
        await page.InvokeAsync(() => page.Find("dialog textarea").Change("a test of the agent"));
        await PressAsync(page, () => page.FindAll("dialog button")[1]);
        await page.WaitForAssertionAsync(() => Assert.Contains("a test of the agent", Row(page, id).TextContent, StringComparison.Ordinal));
        Assert.Contains("dismissed", Row(page, id).TextContent, StringComparison.Ordinal);
        Assert.Empty(Row(page, id).QuerySelectorAll("button"));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh-Hans")]
    public async Task Nobody_else_sees_a_reading_or_a_source(string culture)
    {
        string id = await SetAsideAsync();
        Speak(culture);
        await SignInAsync(PartyKinds.Center);
        var page = Render<QuarantinePage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("[role=alert], .error-state, .error")));
        Assert.DoesNotContain(id, page.Markup, StringComparison.Ordinal);
        var sources = Render<SourcesPage>();
        await sources.WaitForAssertionAsync(() => Assert.NotEmpty(sources.FindAll("[role=alert], .error-state, .error")));
        if (culture != "en")
            Assert.Matches("[\u4e00-\u9fff]", page.Find("h1").TextContent);
    }

    [Fact]
    public async Task The_desk_sees_sources_and_disputes_or_that_there_are_none()
    {
        await SignInAsync(PartyKinds.Platform);
        var sources = Render<SourcesPage>();
        await sources.WaitForAssertionAsync(() => Assert.Contains("No source has reported yet", sources.Markup, StringComparison.Ordinal));
        var disputes = Render<UsageDisputesPage>();
        await disputes.WaitForAssertionAsync(() => Assert.Contains("Nobody disputes anything", disputes.Markup, StringComparison.Ordinal));
    }
}
