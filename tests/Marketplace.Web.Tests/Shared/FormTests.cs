using Bunit;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Marketplace.Web.Tests.Shared;

public sealed class FormTests : PortalContext
{
    private static readonly Problem TwoFields = Problem.Invalid([
        new FieldError("/cards", "No site has 64 cards.", "Ask for 56."),
        new FieldError("/hours", "Too long.", "Shorten it."),
    ]);

    [Fact]
    public void A_field_ties_label_hint_and_error_to_its_input()
    {
        var field = Render<TextField>(p => p.Add(x => x.Label, "Name").Add(x => x.Hint, "Shown to buyers.").Add(x => x.Error, "Too long."));
        var input = field.Find("input");
        Assert.Equal(input.Id, field.Find("label").GetAttribute("for"));
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        var described = input.GetAttribute("aria-describedby")!.Split(' ').Select(id => field.Find("#" + id).TextContent.Trim());
        Assert.Equal(["Too long.", "Shown to buyers."], described);
    }

    // A form of one number field.
    private IRenderedComponent<SubmitForm> Cards(
        FormErrors errors,
        Action submitted,
        Action<ComponentParameterCollectionBuilder<NumberField>> number
    ) =>
        Render<SubmitForm>(p =>
            p.Add(x => x.Errors, errors)
                .Add(x => x.SubmitText, "Save")
                .Add(x => x.OnSubmit, submitted)
                .AddChildContent<NumberField>(field => number(field.Add(x => x.Label, "Cards")))
        );

    [Fact]
    public void A_clean_field_is_not_invalid()
    {
        var input = Render<TextField>(p => p.Add(x => x.Label, "Name")).Find("input");
        Assert.False(input.HasAttribute("aria-invalid"));
        Assert.False(input.HasAttribute("aria-describedby"));
    }

    [Fact]
    public void The_validator_s_answers_stand_at_their_fields_and_the_rest_in_the_summary()
    {
        var errors = new FormErrors();
        var form = Cards(errors, () => errors.Set(TwoFields), field => field.Add(x => x.Field, "/cards"));
        form.Find("form").Submit();
        Assert.Contains("No site has 64 cards. Ask for 56.", form.Find(".field-error").TextContent, StringComparison.Ordinal);
        var summary = form.Find("[role=alert]");
        Assert.Contains("Too long. Shorten it.", summary.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("64 cards", summary.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_field_could_not_take_over_is_not_sent()
    {
        var sent = 0;
        decimal? cards = 1;
        var form = Cards(
            new FormErrors(),
            () => sent++,
            field => field.Add(x => x.Max, 16).Add(x => x.Value, cards).Add(x => x.ValueChanged, (decimal? v) => cards = v)
        );
        form.Find("input").Change("17");
        form.Find("form").Submit();
        Assert.Equal(0, sent);
        Assert.Contains("need your attention", form.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        form.Find("input").Change("16");
        form.Find("form").Submit();
        Assert.Equal((1, 16m), (sent, cards));
        Assert.Empty(form.FindAll("[role=alert]"));
    }

    [Fact]
    public void A_corrected_field_is_sent_while_what_follows_from_it_still_runs()
    {
        var sent = 0;
        var price = new TaskCompletionSource();
        var form = Cards(
            new FormErrors(),
            () => sent++,
            field => field.Add(x => x.Max, 16).Add(x => x.ValueChanged, (decimal? _) => price.Task)
        );
        form.Find("input").Change("17");
        form.Find("input").Change("2");
        form.Find("form").Submit();
        Assert.Equal(1, sent);
        price.SetResult();
    }

    [Fact]
    public void The_next_attempt_starts_clean_and_a_running_one_is_not_doubled()
    {
        var errors = new FormErrors();
        errors.Set(TwoFields);
        var running = new TaskCompletionSource();
        var calls = 0;
        var form = Render<SubmitForm>(p =>
            p.Add(x => x.Errors, errors)
                .Add(x => x.SubmitText, "Save")
                .Add(
                    x => x.OnSubmit,
                    () =>
                    {
                        calls++;
                        return running.Task;
                    }
                )
        );
        form.Find("form").Submit();
        Assert.Empty(form.FindAll("[role=alert]"));
        Assert.True(form.Find("button[type=submit]").HasAttribute("disabled"));
        form.Find("form").Submit();
        Assert.Equal(1, calls);
        running.SetResult();
        form.WaitForAssertion(() => Assert.False(form.Find("button[type=submit]").HasAttribute("disabled")));
    }

    [Theory]
    [InlineData("1,312", 1312)]
    [InlineData("1，312", 1312)]
    [InlineData(" 64 ", 64)]
    public void Numbers_are_read_generously(string typed, int expected)
    {
        decimal? value = null;
        var field = Render<NumberField>(p => p.Add(x => x.Label, "Cards").Add(x => x.ValueChanged, v => value = v));
        field.Find("input").Change(typed);
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("many", "not a number")]
    [InlineData("1e3", "not a number")]
    [InlineData("2.5", "whole number")]
    [InlineData("0", "1 or more")]
    [InlineData("2000", "1024 or less")]
    public void What_is_no_usable_number_is_said_and_not_passed_on(string typed, string said)
    {
        var calls = 0;
        var field = Render<NumberField>(p =>
            p.Add(x => x.Label, "Cards").Add(x => x.Min, 1m).Add(x => x.Max, 1024m).Add(x => x.ValueChanged, (decimal? _) => calls++)
        );
        field.Find("input").Change(typed);
        Assert.Equal(0, calls);
        Assert.Contains(said, field.Find(".field-error").TextContent, StringComparison.Ordinal);
        Assert.Equal(typed, field.Find("input").GetAttribute("value"));
        Assert.Equal(field.Find(".field-error").Id, field.Find("input").GetAttribute("aria-describedby"));
    }

    [Fact]
    public void A_select_hands_back_the_value_not_its_text()
    {
        var chosen = 0;
        var select = Render<SelectField<int>>(p =>
            p.Add(x => x.Label, "Hours")
                .Add(x => x.Value, 1)
                .Add(x => x.Options, [new Choice<int>(1, "one"), new Choice<int>(2, "two")])
                .Add(x => x.ValueChanged, v => chosen = v)
        );
        select.Find("select").Change("2");
        Assert.Equal(2, chosen);
    }

    [Fact]
    public void Tiles_are_radio_buttons_of_one_group()
    {
        string? chosen = null;
        var tiles = Render<ChoiceTiles<string>>(p =>
            p.Add(x => x.Label, "What to run")
                .Add(x => x.Value, "job")
                .Add(x => x.Options, [new Choice<string>("job", "Job"), new Choice<string>("gang", "Gang job")])
                .Add(x => x.ValueChanged, v => chosen = v)
        );
        Assert.Equal("What to run", tiles.Find("legend").TextContent);
        Assert.Single(tiles.FindAll("input").Select(input => input.GetAttribute("name")).Distinct(StringComparer.Ordinal));
        tiles.FindAll("input")[1].Change("gang");
        Assert.Equal("gang", chosen);
    }
}
