namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>The colour of a series. At most four stand in one chart of lines, in this order; bars may add two more.</summary>
public enum SeriesColor
{
    Accent,
    Sold,
    Own,
    Held,

    /// <summary>Grey, for what is only passed on.</summary>
    Off,

    /// <summary>A fifth kind among bars.</summary>
    Pale,
}

/// <summary>One point. A null value leaves a gap in the line.</summary>
public sealed record ChartPoint(DateTimeOffset At, double? Value);

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Filled">Tints the area below.</param>
/// <param name="Forecast">Dashed: not measured yet.</param>
public sealed record ChartSeries(
    string Name,
    IReadOnlyList<ChartPoint> Points,
    SeriesColor Color = SeriesColor.Accent,
    bool Filled = false,
    bool Forecast = false
);

/// <summary>A word at a moment, for example the event that explains a dip.</summary>
public sealed record ChartMark(DateTimeOffset At, string Text);

/// <summary>One column of <see cref="StackedBars"/>; the values follow the order of the series names.</summary>
public sealed record BarGroup(string Label, IReadOnlyList<double> Values);

/// <summary>One step of a <see cref="Waterfall"/>.</summary>
/// <param name="IsTotal">Stands on the axis and shows the sum so far; <see cref="Value"/> is then ignored.</param>
/// <param name="Note">Small, below the label.</param>
public sealed record WaterfallStep(
    string Label,
    double Value,
    SeriesColor Color = SeriesColor.Accent,
    bool IsTotal = false,
    string? Note = null
);
