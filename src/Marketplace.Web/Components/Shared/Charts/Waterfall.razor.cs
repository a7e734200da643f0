using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>How a price comes about: each step starts where the one before ended; totals stand on the axis.</summary>
public partial class Waterfall
{
    private const double Top = 22;

    [Parameter, EditorRequired]
    public IReadOnlyList<WaterfallStep> Steps { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>How a value is written, without a sign.</summary>
    [Parameter]
    public Func<double, string>? Format { get; set; }

    [Parameter]
    public int Height { get; set; } = 220;

    [Inject]
    private IStringLocalizer<SharedText> T { get; set; } = default!;

    private string TitleId { get; } = ElementIds.Next("waterfall");

    private string DescId { get; } = ElementIds.Next("waterfall-desc");

    private IReadOnlyList<Bar> Bars { get; set; } = [];

    private IReadOnlyList<double> Ticks => Scale.Ticks(Bars.Min(bar => bar.Low), Bars.Max(bar => bar.High));

    private string Description => string.Join("; ", Bars.Select(bar => $"{bar.Step.Label} {bar.Text}"));

    private double Slot => 380d / Bars.Count;

    private double BarWidth => Math.Min(64, Slot * 0.76);

    private double Bottom => Height - 36;

    protected override void OnParametersSet()
    {
        var bars = new List<Bar>(Steps.Count);
        var sum = 0d;
        foreach (var step in Steps)
        {
            var start = step.IsTotal ? 0 : sum;
            sum = step.IsTotal ? sum : sum + step.Value;
            var first = bars.Count == 0;
            bars.Add(new Bar(step, Math.Min(start, sum), Math.Max(start, sum), sum, Text(step, sum, first)));
        }

        Bars = bars;
    }

    private string Text(WaterfallStep step, double sum, bool first)
    {
        string Write(double value) => Format is null ? Numbers.Short(value, 2) : Format(value);
        return step.IsTotal ? Write(sum)
            : first ? Write(step.Value)
            : (step.Value < 0 ? "\u2212" : "+") + Write(Math.Abs(step.Value));
    }

    private double X(int index) => Slot * index + (Slot - BarWidth) / 2;

    private double Y(double value) => Bottom - (Bottom - Top) * (value - Ticks[0]) / (Ticks[^1] - Ticks[0]);

    private sealed record Bar(WaterfallStep Step, double Low, double High, double End, string Text);
}
