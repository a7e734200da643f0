using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>Amounts by period, cut by kind. The newest column carries its sum.</summary>
public partial class StackedBars
{
    private const double Left = 44;
    private const int Crowded = 10;
    private const double PerLetter = 7;
    private const double Top = 18;

    [Parameter, EditorRequired]
    public IReadOnlyList<BarGroup> Groups { get; set; } = [];

    /// <summary>Names of the kinds, bottom first; six at most.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Series { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>One colour a kind. Default: accent, sold, own, held.</summary>
    [Parameter]
    public IReadOnlyList<SeriesColor>? Colors { get; set; }

    [Parameter]
    public Func<double, string>? Axis { get; set; }

    [Parameter]
    public int Height { get; set; } = 190;

    /// <summary>For the wide column of a page.</summary>
    [Parameter]
    public bool Wide { get; set; }

    /// <summary>After the legend.</summary>
    [Parameter]
    public RenderFragment? Foot { get; set; }

    [Inject]
    private IStringLocalizer<SharedText> T { get; set; } = default!;

    private string TitleId { get; } = ElementIds.Next("bars");

    private string DescId { get; } = ElementIds.Next("bars-desc");

    private int Width => Wide ? 600 : 380;

    // Columns too narrow for the newest one's sum: it stands beside the last, not over its neighbours.
    private bool IsCrowded => Groups.Count > Crowded;

    private double Newest => Groups[^1].Values.Sum();

    private double Right => Width - 4 - (IsCrowded ? Format(Newest).Length * PerLetter : 0);

    private double Bottom => Height - 20;

    private double Slot => (Right - Left) / Groups.Count;

    private double BarWidth => Math.Min(40, Slot * 0.76);

    private IReadOnlyList<double> Ticks => Scale.Ticks(0, Groups.Max(group => group.Values.Sum()));

    private string Description => string.Join("; ", Groups.Select(Spoken));

    // First, last, and two between where there is room.
    private IEnumerable<(int Index, string Anchor)> LabelledColumns
    {
        get
        {
            var last = Groups.Count - 1;
            return Groups.Count <= 6
                ? Enumerable.Range(0, Groups.Count).Select(index => (index, "middle"))
                : [(0, "start"), (last / 3, "middle"), (last * 2 / 3, "middle"), (last, "end")];
        }
    }

    private SeriesColor ColorOf(int series) => Colors is not null ? Colors[series] : (SeriesColor)Math.Min(series, (int)SeriesColor.Off);

    private string Spoken(BarGroup group) =>
        group.Label + ": " + string.Join(", ", group.Values.Select((value, s) => $"{Series.ElementAtOrDefault(s)} {Format(value)}"));

    private string Format(double value) => Axis is null ? Numbers.Compact(value) : Axis(value);

    private double X(int index) => Left + Slot * index + (Slot - BarWidth) / 2;

    private double Y(double value) => Bottom - (Bottom - Top) * value / Math.Max(1e-12, Ticks[^1]);
}
