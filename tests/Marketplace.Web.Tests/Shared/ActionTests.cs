using Bunit;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Tests.Shared;

public sealed class ActionTests : PortalContext
{
    [Fact]
    public void A_button_is_dead_until_the_circuit_is_connected()
    {
        Connected = false;
        Assert.True(Render<ActionButton>(p => p.Add(x => x.Text, "Order")).Find("button").HasAttribute("disabled"));
    }

    [Fact]
    public void A_button_is_alive_afterwards() =>
        Assert.False(Render<ActionButton>(p => p.Add(x => x.Text, "Order")).Find("button").HasAttribute("disabled"));

    [Fact]
    public void A_second_click_while_the_first_works_does_nothing()
    {
        var running = new TaskCompletionSource();
        var calls = 0;
        var button = Render<ActionButton>(p =>
            p.Add(
                x => x.OnClick,
                () =>
                {
                    calls++;
                    return running.Task;
                }
            )
        );
        button.Find("button").Click();
        Assert.True(button.Find("button").HasAttribute("disabled"));
        button.Find("button").Click();
        Assert.Equal(1, calls);
        running.SetResult();
        button.WaitForAssertion(() => Assert.False(button.Find("button").HasAttribute("disabled")));
    }

    [Fact]
    public void A_confirmation_says_what_it_costs_and_starts_on_the_harmless_button()
    {
        var dialog = Confirm(() => Task.FromResult(true));
        var element = dialog.Find("dialog");
        Assert.Equal("Stop this run?", dialog.Find("#" + element.GetAttribute("aria-labelledby")).TextContent);
        Assert.Contains(
            "¥21,600.00 comes back.",
            dialog.Find("#" + element.GetAttribute("aria-describedby")).TextContent,
            StringComparison.Ordinal
        );
        Assert.True(dialog.FindAll("button")[0].HasAttribute("autofocus"));
        Assert.Contains("danger", dialog.FindAll("button")[1].ClassName);
        Assert.Single(JSInterop.Invocations["portal.openDialog"]);
    }

    [Fact]
    public void A_confirmation_closes_on_success_and_stays_on_failure()
    {
        var open = true;
        var works = false;
        var dialog = Confirm(() => Task.FromResult(works), value => open = value);
        dialog.FindAll("button")[1].Click();
        Assert.True(open);
        works = true;
        dialog.FindAll("button")[1].Click();
        Assert.False(open);
    }

    [Fact]
    public void Why_it_failed_is_drawn_although_the_page_only_sets_a_field()
    {
        var page = Render<SampleDialog>();
        page.FindAll("button")[1].Click();
        Assert.Contains("Somebody was faster.", page.Find("dialog").TextContent, StringComparison.Ordinal);
        page.FindAll("button")[1].Click();
        Assert.Empty(page.FindAll("dialog"));
    }

    [Fact]
    public void Escape_keeps_everything_as_it_is()
    {
        var (open, asked) = (true, false);
        var dialog = Confirm(
            () =>
            {
                asked = true;
                return Task.FromResult(true);
            },
            value => open = value
        );
        dialog.Find("dialog").TriggerEvent("oncancel", EventArgs.Empty);
        Assert.False(open);
        Assert.False(asked);
    }

    [Fact]
    public void A_word_to_type_holds_the_button_back()
    {
        var dialog = Render<ConfirmDialog>(p =>
            p.Add(x => x.Open, true)
                .Add(x => x.Title, "Close?")
                .Add(x => x.Cost, "Nothing")
                .Add(x => x.ConfirmText, "Close")
                .Add(x => x.OnConfirm, () => Task.FromResult(true))
                .Add(x => x.TypeToConfirm, "hohhot")
        );
        Assert.True(dialog.FindAll("button")[1].HasAttribute("disabled"));
        dialog.Find("input").Input("hohhot");
        Assert.False(dialog.FindAll("button")[1].HasAttribute("disabled"));
    }

    [Fact]
    public void Segments_keep_the_choice_in_the_url_and_the_first_leaves_it_clean()
    {
        var segments = Render<SegmentedControl<string>>(p =>
            p.Add(x => x.Label, "View")
                .Add(x => x.QueryKey, "view")
                .Add(x => x.Options, [new Choice<string>("matrix", "Matrix"), new Choice<string>("list", "List")])
        );
        segments.FindAll("button")[1].Click();
        Assert.EndsWith("?view=list", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(["false", "true"], segments.FindAll("button").Select(button => button.GetAttribute("aria-pressed")));
        segments.FindAll("button")[0].Click();
        Assert.DoesNotContain("view", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_goes_to_the_url_and_back_to_the_first_page()
    {
        Navigation.NavigateTo("/list?page=3&tab=x");
        var chips = Render<FilterChips>(p =>
            p.Add(x => x.Filters, [new FilterSpec("Kind", "kind", "any", [new Choice<string>("gang", "Gang job")])])
        );
        Assert.Empty(chips.FindAll("button.quiet"));
        chips.FindAll(".menu-list button")[1].Click();
        Assert.EndsWith("/list?tab=x&kind=gang", Navigation.Uri, StringComparison.Ordinal);
        Assert.Contains("Gang job", chips.Find("summary").TextContent, StringComparison.Ordinal);
        chips.Find("button.quiet").Click();
        Assert.EndsWith("/list?tab=x", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Copying_is_confirmed_to_screen_readers()
    {
        JSInterop.Setup<bool>("portal.copy", "ctr_1").SetResult(true);
        var copy = Render<CopyText>(p => p.Add(x => x.Text, "ctr_1"));
        copy.Find("button").Click();
        Assert.Equal("Copied", copy.Find("[role=status]").TextContent);
    }

    private IRenderedComponent<ConfirmDialog> Confirm(Func<Task<bool>> onConfirm, Action<bool>? changed = null) =>
        Render<ConfirmDialog>(p =>
            p.Add(x => x.Open, true)
                .Add(x => x.OpenChanged, changed ?? (_ => { }))
                .Add(x => x.Title, "Stop this run?")
                .Add(x => x.Cost, "¥21,600.00 comes back.")
                .Add(x => x.ConfirmText, "Stop")
                .Add(x => x.OnConfirm, onConfirm)
        );
}
