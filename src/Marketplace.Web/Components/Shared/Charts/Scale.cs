using System.Globalization;

namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>Axis arithmetic: a round maximum, two to four grid lines, and numbers as SVG writes them.</summary>
internal static class Scale
{
    private static readonly double[] Steps = [1, 2, 2.5, 5, 10];

    /// <summary>Ticks from zero (or a round number below the smallest value) to a round number above the largest.</summary>
    public static IReadOnlyList<double> Ticks(double smallest, double largest)
    {
        var from = Math.Min(0, smallest);
        var to = Math.Max(largest, from + double.Epsilon);
        if (to - from < 1e-12)
        {
            to = from + 1;
        }

        var rough = (to - from) / 3;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Steps.Select(factor => factor * power).First(candidate => candidate >= rough * 0.999999);
        var first = Math.Floor(from / step) * step;
        var count = (int)Math.Ceiling((to - first) / step - 1e-9);
        return [.. Enumerable.Range(0, count + 1).Select(i => first + i * step)];
    }

    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Class(SeriesColor color) =>
        color switch
        {
            SeriesColor.Sold => "b",
            SeriesColor.Own => "c",
            SeriesColor.Held => "d",
            SeriesColor.Off => "e",
            SeriesColor.Pale => "f",
            _ => "a1",
        };
}
