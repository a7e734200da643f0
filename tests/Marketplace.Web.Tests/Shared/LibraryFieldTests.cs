using Bunit;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Shared;

public sealed class LibraryFieldTests : PortalContext
{
    [Fact]
    public async Task A_moment_is_typed_in_local_time_and_handed_on_in_utc()
    {
        await Services.GetRequiredService<LocalClock>().LearnZoneAsync();
        DateTimeOffset? value = null;
        var field = Render<DateTimeField>(p =>
            p.Add(x => x.Label, "Start")
                .Add(x => x.Value, new DateTimeOffset(2026, 11, 13, 6, 10, 0, TimeSpan.Zero))
                .Add(x => x.ValueChanged, v => value = v)
        );
        Assert.Equal("2026-11-13T14:10", field.Find("input").GetAttribute("value"));
        field.Find("input").Change("2026-11-14T00:30");
        Assert.Equal(new DateTimeOffset(2026, 11, 13, 16, 30, 0, TimeSpan.Zero), value);
        Assert.Equal(TimeSpan.Zero, value!.Value.Offset);
        field.Find("input").Change("");
        Assert.Null(value);
    }

    [Fact]
    public void Problems_speak_the_person_s_language_where_a_translation_exists()
    {
        Speak("zh-Hans");
        var errors = new FormErrors();
        errors.Set(Problem.Invalid("/cards", "A message without a translation.", "Correct this field and send it again."));
        var summary = Render<CascadingValue<FormErrors>>(p => p.Add(x => x.Value, errors).AddChildContent<ProblemSummary>());
        Assert.Equal("有几项需要修改", summary.Find("b").TextContent);
        Assert.Contains("A message without a translation.", summary.Find("li").TextContent, StringComparison.Ordinal);
        Assert.Contains("修改后重新提交。", summary.Find("li").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_is_asked_for_once_its_field_is_drawn()
    {
        var field = Render<MultiSelectField<string>>(p =>
            p.Add(x => x.Label, "Chips").Add(x => x.Options, [new Choice<string>("a", "Ascend 910B")]).Add(x => x.Value, ["a"])
        );
        Assert.Single(JSInterop.Invocations["portal.library"]);
        Assert.Equal("Chips", field.Find("label").TextContent.Trim());
        Assert.Contains("Ascend 910B", field.Markup, StringComparison.Ordinal);
    }
}
