using Bunit;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Jobs;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>The jobs' pages as the network desk, a reader of it, and a stranger see them. Nothing runs here.</summary>
public sealed class JobsPageTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private const string Job = "billing-check-books";

    /// <summary>What a worker's start does, without running anything.</summary>
    private Task ScheduleAsync() => ActivatorUtilities.CreateInstance<JobRunner>(Host.Services).PrepareAsync(default);

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<JobsPage> page, string job = Job) =>
        page.FindAll("tbody tr").Single(row => row.QuerySelector("small.mono")!.TextContent == job);

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<JobsPage> page, string text) =>
        Row(page).QuerySelectorAll("button").Single(b => b.TextContent == text);

    [Fact]
    public async Task Every_job_has_its_name_schedule_and_next_run()
    {
        await ScheduleAsync();
        await SignInAsync(PartyKinds.Platform);
        var page = Render<JobsPage>();
        await page.WaitForAssertionAsync(() => Assert.Equal(29, page.FindAll("tbody tr").Count));
        Assert.Contains("29 jobs, no last run failed", page.Markup, StringComparison.Ordinal);
        Assert.Equal("Check the books", Row(page).QuerySelector("a b")!.TextContent);
        Assert.Equal($"/admin/jobs/{Job}", Row(page).QuerySelector("a")!.GetAttribute("href"));
        Assert.Matches("every|daily", Row(page).QuerySelectorAll("td")[1].TextContent);
        // Every button says which job it is for.
        Assert.All(page.FindAll("tbody button"), b => Assert.Contains(":", b.GetAttribute("aria-label"), StringComparison.Ordinal));
        Assert.All(page.FindAll("thead th"), th => Assert.NotEmpty(th.TextContent));
    }

    [Fact]
    public async Task A_job_is_paused_and_resumed()
    {
        await ScheduleAsync();
        await SignInAsync(PartyKinds.Platform);
        var page = Render<JobsPage>();
        await page.WaitForAssertionAsync(() => Button(page, "Pause"));
        await PressAsync(page, () => Button(page, "Pause"));
        await page.WaitForAssertionAsync(() => Assert.Contains("paused", Row(page).TextContent, StringComparison.Ordinal));
        await PressAsync(page, () => Button(page, "Resume"));
        await page.WaitForAssertionAsync(() => Button(page, "Pause"));
        Assert.DoesNotContain("paused", Row(page).TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_by_hand_is_asked_for_once_and_stands_in_the_history()
    {
        await ScheduleAsync();
        await SignInAsync(PartyKinds.Platform);
        var page = Render<JobsPage>();
        await page.WaitForAssertionAsync(() => Button(page, "Run now"));
        await PressAsync(page, () => Button(page, "Run now"));
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Run \"Check the books\" now?", page.Find("dialog").TextContent, StringComparison.Ordinal)
        );
        await PressAsync(page, () => page.FindAll("dialog button")[1]);
        await page.WaitForAssertionAsync(() => Assert.Contains("requested", Row(page).TextContent, StringComparison.Ordinal));
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("dialog")));

        var history = Render<JobRunsPage>(p => p.Add(x => x.Name, Job));
        await history.WaitForAssertionAsync(() => Assert.Single(history.FindAll("tbody tr")));
        Assert.Contains("by hand, Somebody", history.Find("tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Equal("Check the books", history.Find("h1").TextContent.Trim());
    }

    [Fact]
    public async Task A_reader_of_the_desk_sees_the_jobs_and_is_told_why_a_button_did_nothing()
    {
        await ScheduleAsync();
        await SignInAsync(PartyKinds.Platform, MemberRole.Viewer);
        var page = Render<JobsPage>();
        await page.WaitForAssertionAsync(() => Button(page, "Pause"));
        await PressAsync(page, () => Button(page, "Pause"));
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll(".note")));
        Assert.DoesNotContain("paused", Row(page).TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh-Hans")]
    public async Task Nobody_else_sees_a_job(string culture)
    {
        Speak(culture);
        await SignInAsync(PartyKinds.Customer);
        var page = Render<JobsPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("[role=alert], .error-state, .error")));
        Assert.Empty(page.FindAll("tbody tr"));
        if (culture != "en")
            Assert.Matches("[\u4e00-\u9fff]", page.Find("[role=alert], .error-state, .error").TextContent);
    }
}
