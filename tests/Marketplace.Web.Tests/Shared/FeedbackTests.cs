using Bunit;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Capacity;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Figures;
using Marketplace.Web.Components.Shared.Icons;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components.Sections;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Shared;

public sealed class FeedbackTests : PortalContext
{
    [Fact]
    public void Every_tone_has_a_class_of_its_own_and_always_a_word()
    {
        var chips = Enum.GetValues<Tone>()
            .Select(tone => Render<StatusChip>(p => p.Add(x => x.Tone, tone).Add(x => x.Text, "Word")).Find(".st"))
            .ToList();
        Assert.Equal(chips.Count, chips.Select(chip => chip.ClassName).Distinct(StringComparer.Ordinal).Count());
        Assert.All(chips, chip => Assert.Equal("Word", chip.TextContent));
    }

    [Fact]
    public void The_state_a_page_is_about_is_announced()
    {
        Assert.Equal(
            "status",
            Render<StatusChip>(p => p.Add(x => x.Tone, Tone.Moving).Add(x => x.Text, "Pulling").Add(x => x.Live, true))
                .Find(".st")
                .GetAttribute("role")
        );
        Assert.False(Render<StatusChip>(p => p.Add(x => x.Tone, Tone.Moving).Add(x => x.Text, "Pulling")).Find(".st").HasAttribute("role"));
    }

    [Fact]
    public void A_page_has_one_heading_and_hands_its_crumbs_to_the_bar()
    {
        var crumbs = Render<SectionOutlet>(p => p.Add(x => x.SectionName, "crumbs"));
        var head = Render<PageHead>(p =>
            p.Add(x => x.Title, "vision-pretrain").Add(x => x.Sub, "64 cards.").Add(x => x.Crumbs, [new Crumb("Runs", "/runs")])
        );
        Assert.Equal("vision-pretrain", head.Find("h1").TextContent);
        Assert.Equal("64 cards.", head.Find(".sub").TextContent);
        Assert.Empty(head.FindAll(".acts"));
        Assert.Equal(
            "img",
            Render<CapacityBar>(p => p.Add(x => x.Free, 1).Add(x => x.Total, 2).Add(x => x.Label, "l")).Find("span").GetAttribute("role")
        );
    }

    [Fact]
    public void A_panel_is_named_by_its_title()
    {
        var panel = Render<Panel>(p => p.Add(x => x.Title, "Spend").AddChildContent("<p>x</p>"));
        Assert.Equal("Spend", panel.Find("#" + panel.Find("section").GetAttribute("aria-labelledby")).TextContent);
        Assert.NotNull(panel.Find(".in p"));
        Assert.Empty(Render<Panel>(p => p.Add(x => x.Flush, true).AddChildContent("<p>x</p>")).FindAll(".in"));
    }

    [Theory]
    [InlineData(0.5, null)]
    [InlineData(0.85, "h")]
    [InlineData(1.4, "x")]
    public void A_meter_warns_before_the_end_and_says_its_share(double value, string? fill)
    {
        var meter = Render<Meter>(p => p.Add(x => x.Value, value).Add(x => x.Label, "Budget").Add(x => x.WarnAt, 0.8));
        Assert.Equal(fill ?? "", meter.Find("i").ClassName ?? "");
        Assert.StartsWith("Budget: ", meter.Find("[role=img]").GetAttribute("aria-label"), StringComparison.Ordinal);
        Assert.DoesNotContain("140", meter.Find("i").GetAttribute("style"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_is_a_term_and_its_number()
    {
        var figure = Render<Figure>(p => p.Add(x => x.Label, "Cards sold").Add(x => x.Value, "16,021").Add(x => x.Unit, "of 22,386"));
        Assert.Equal("Cards sold", figure.Find("dt").TextContent);
        Assert.Contains("16,021", figure.Find("dd").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_name_the_current_one()
    {
        var steps = Render<Steps>(p =>
            p.Add(x => x.Label, "Buying").Add(x => x.Names, ["Configure", "Quote", "Order"]).Add(x => x.Current, 1)
        );
        Assert.Contains("Quote", Assert.Single(steps.FindAll("[aria-current=step]")).TextContent, StringComparison.Ordinal);
        Assert.Single(steps.FindAll(".done"));
    }

    [Fact]
    public void Messages_leave_by_themselves_and_failures_stay()
    {
        var toasts = Services.GetRequiredService<Toasts>();
        var host = Render<ToastHost>();
        toasts.Show(Tone.Running, "Order placed.");
        toasts.Show(Tone.Failed, "Not stopped.");
        Assert.Equal(2, host.FindAll(".toast").Count);
        Assert.Equal("polite", host.Find(".toasts").GetAttribute("aria-live"));
        Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal("Not stopped.", Assert.Single(host.FindAll(".toast .st")).TextContent);
        host.Find(".toast button").Click();
        Assert.Empty(host.FindAll(".toast"));
    }

    [Fact]
    public void Messages_are_bounded()
    {
        var toasts = Services.GetRequiredService<Toasts>();
        foreach (var i in Enumerable.Range(0, 9))
        {
            toasts.Show(Tone.Failed, $"{i}");
        }

        Assert.Equal(["5", "6", "7", "8"], toasts.Shown.Select(toast => toast.Text));
    }

    [Fact]
    public void A_log_shows_who_said_what_and_follows_its_end()
    {
        var log = Render<LogView>(p =>
            p.Add(x => x.Label, "Log")
                .Add(x => x.Lines, [new LogLine(Time.GetUtcNow(), "rank 0", "step 1"), new LogLine(null, null, "slow", Warning: true)])
        );
        Assert.Equal("12:00:00 rank 0 step 1", log.Find(".log > div").TextContent);
        Assert.Equal("slow", log.Find(".log > .w").TextContent);
        Assert.Single(JSInterop.Invocations["portal.follow"]);
        log.Render(p => p.Add(x => x.Height, 200));
        Assert.Single(JSInterop.Invocations["portal.follow"]);
    }

    [Fact]
    public void Icons_are_silent_unless_named_and_none_is_missing()
    {
        foreach (var name in Enum.GetValues<IconName>())
        {
            Assert.StartsWith("M", Render<Icon>(p => p.Add(x => x.Name, name)).Find("path").GetAttribute("d"), StringComparison.Ordinal);
        }

        Assert.Equal("true", Render<Icon>(p => p.Add(x => x.Name, IconName.Bell)).Find("svg").GetAttribute("aria-hidden"));
        var named = Render<Icon>(p => p.Add(x => x.Name, IconName.Bell).Add(x => x.Title, "Alarm")).Find("svg");
        Assert.False(named.HasAttribute("aria-hidden"));
        Assert.Equal("img", named.GetAttribute("role"));
    }

    [Fact]
    public void A_life_line_marks_where_it_stands()
    {
        var line = Render<LifeLine>(p =>
            p.Add(x => x.Label, "Order")
                .Add(
                    x => x.Stages,
                    [
                        new LifeStage("Held", StageState.Done),
                        new LifeStage("Pulling", StageState.Failed),
                        new LifeStage("Running", StageState.Todo),
                    ]
                )
        );
        Assert.Equal(["done", "failed", "todo"], line.FindAll("li").Select(stage => stage.ClassName));
    }
}
