using System.Text;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>Up to four lines over time. The axis starts at zero; the current value stands big in the caption instead of a legend.</summary>
public partial class LineChart
{
    private const double Right = 372;
    private const double Top = 8;

    [Parameter, EditorRequired]
    public IReadOnlyList<ChartSeries> Series { get; set; } = [];

    /// <summary>What the chart shows, for screen readers; also its title unless <see cref="Title"/> is given.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public string? Title { get; set; }

    [Parameter]
    public string? Unit { get; set; }

    /// <summary>The newest value as text.</summary>
    [Parameter]
    public string? Current { get; set; }

    /// <summary>A dashed red line, such as a budget.</summary>
    [Parameter]
    public double? Limit { get; set; }

    [Parameter]
    public string? LimitText { get; set; }

    [Parameter]
    public IReadOnlyList<ChartMark>? Marks { get; set; }

    /// <summary>How the axis writes a value. Default: 200k, 1.4M.</summary>
    [Parameter]
    public Func<double, string>? Axis { get; set; }

    /// <summary>How the time axis writes a moment.</summary>
    [Parameter]
    public TimeStyle TimeStyle { get; set; } = TimeStyle.DayTime;

    /// <summary>Height of the drawing, in its own units (the width is 380).</summary>
    [Parameter]
    public int Height { get; set; } = 118;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private IStringLocalizer<SharedText> T { get; set; } = default!;

    private const double W = 380;

    private double H => Height;

    private double Bottom => Height - 18;

    private static double Left => 36;

    private string TitleId { get; } = ElementIds.Next("chart");

    private string DescId { get; } = ElementIds.Next("chart-desc");

    private IEnumerable<ChartPoint> Measured => Series.SelectMany(series => series.Points).Where(point => point.Value is not null);

    private bool HasData => Measured.Skip(1).Any();

    private DateTimeOffset From => Measured.Min(point => point.At);

    private DateTimeOffset To => Measured.Max(point => point.At);

    private IReadOnlyList<double> Ticks { get; set; } = [];

    private string Description =>
        string.Join(
            ". ",
            Series
                .Where(series => series.Points.Any(point => point.Value is not null))
                .Select(series =>
                {
                    var values = series.Points.Select(point => point.Value).OfType<double>().ToList();
                    return T[
                        "Chart.Desc",
                        series.Name,
                        Format(values[0]),
                        Format(values[^1]),
                        Format(values.Min()),
                        Format(values.Max())
                    ].Value;
                })
        );

    private IEnumerable<(double X, string Anchor, string Text)> TimeLabels
    {
        get
        {
            var middle = From + (To - From) / 2;
            yield return (Left, "start", Moment(From));
            if (To - From > TimeSpan.Zero)
            {
                yield return ((Left + Right) / 2, "middle", Moment(middle));
                yield return (Right, "end", Moment(To));
            }
        }
    }

    protected override void OnParametersSet()
    {
        if (HasData)
        {
            var values = Measured.Select(point => point.Value!.Value).Append(Limit ?? 0).ToList();
            Ticks = Scale.Ticks(values.Min(), values.Max());
        }
    }

    private string Moment(DateTimeOffset at)
    {
        var local = Clock.ToLocal(at);
        return TimeStyle == TimeStyle.Time
            ? local.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture)
            : Times.Format(local, TimeStyle);
    }

    private string Format(double value) => Axis is null ? Numbers.Compact(value) : Axis(value);

    private double X(DateTimeOffset at)
    {
        var whole = (To - From).TotalSeconds;
        return whole <= 0 ? Left : Left + (Right - Left) * Math.Clamp((at - From).TotalSeconds / whole, 0, 1);
    }

    private double Y(double value)
    {
        var (low, high) = (Ticks[0], Ticks[^1]);
        return Bottom - (Bottom - Top) * (value - low) / (high - low);
    }

    private bool MarkLeft(ChartMark mark) => X(mark.At) > (Left + Right) / 2;

    private string LineOf(ChartSeries series)
    {
        var path = new StringBuilder();
        var pen = 'M';
        foreach (var point in series.Points)
        {
            if (point.Value is not { } value)
            {
                pen = 'M';
                continue;
            }

            path.Append(pen).Append(Scale.N(X(point.At))).Append(' ').Append(Scale.N(Y(value)));
            pen = 'L';
        }

        return path.ToString();
    }

    // Each unbroken run of points gets its own area, so that a gap stays a gap.
    private string AreaOf(ChartSeries series)
    {
        var path = new StringBuilder();
        var run = new List<ChartPoint>();
        foreach (var point in series.Points.Append(new ChartPoint(default, null)))
        {
            if (point.Value is not null)
            {
                run.Add(point);
                continue;
            }

            if (run.Count > 1)
            {
                path.Append('M').Append(Scale.N(X(run[0].At))).Append(' ').Append(Scale.N(Bottom));
                foreach (var at in run)
                {
                    path.Append('L').Append(Scale.N(X(at.At))).Append(' ').Append(Scale.N(Y(at.Value!.Value)));
                }

                path.Append('L').Append(Scale.N(X(run[^1].At))).Append(' ').Append(Scale.N(Bottom)).Append('Z');
            }

            run.Clear();
        }

        return path.ToString();
    }
}
