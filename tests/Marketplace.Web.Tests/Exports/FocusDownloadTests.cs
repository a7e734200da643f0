using Bunit;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Features.Customers.Costs;
using Marketplace.Web.Components.Features.Exports;
using Marketplace.Web.Components.Features.Operators.Revenue;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Tests.Exports;

/// <summary>The download on the three parties' pages.</summary>
public sealed class FocusDownloadTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private static string Link<TPage>(IRenderedComponent<TPage> page)
        where TPage : IComponent => page.Find("a[download][href^='/downloads/focus']").GetAttribute("href")!;

    [Fact]
    public async Task Period_and_version_are_in_the_link()
    {
        await SignInAsync(PartyKinds.Customer);
        var page = Render<CostsPage>();
        await page.WaitForAssertionAsync(() =>
            Assert.Equal("/downloads/focus?role=customer&version=1.4&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z", Link(page))
        );
        await page.Find("select[name=focus-period]").ChangeAsync(new ChangeEventArgs { Value = "2025-12" });
        await page.Find("select[name=focus-version]").ChangeAsync(new ChangeEventArgs { Value = "1.3" });
        await page.WaitForAssertionAsync(() =>
            Assert.Equal("/downloads/focus?role=customer&version=1.3&from=2025-12-01T00:00:00Z&to=2026-01-01T00:00:00Z", Link(page))
        );
    }

    [Fact]
    public async Task A_center_finds_it_with_its_earnings()
    {
        await SignInAsync(PartyKinds.Center);
        var page = Render<EarningsPage>();
        await page.WaitForAssertionAsync(() => Assert.StartsWith("/downloads/focus?role=center&", Link(page), StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operator_finds_it_with_its_revenue()
    {
        await SignInAsync(PartyKinds.Operator);
        var page = Render<RevenuePage>();
        await page.WaitForAssertionAsync(() => Assert.StartsWith("/downloads/focus?role=operator&", Link(page), StringComparison.Ordinal));
    }

    [Fact]
    public void It_speaks_chinese()
    {
        Speak("zh-Hans");
        var panel = Render<FocusDownload>(p => p.Add(d => d.Role, "center"));
        Assert.Contains("下载", panel.Find("a[download]").TextContent, StringComparison.Ordinal);
        Assert.Contains("2026 年 3 月", panel.Markup, StringComparison.Ordinal);
        Assert.Equal(12, panel.FindAll("select[name=focus-period] option").Count);
    }
}
