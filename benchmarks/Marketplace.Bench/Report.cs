using System.Text;
using System.Text.Json;

namespace Marketplace.Bench;

/// <summary>How figures are shown: a table for people, a line of JSON for programs.</summary>
internal static class Report
{
    public static string Table(IReadOnlyList<Measurement> measurements)
    {
        int name = measurements.Max(m => m.Metric.Length);
        int runs = measurements.Max(m => m.Case.Length);
        var table = new StringBuilder();
        foreach (Measurement m in measurements)
        {
            if (runs > 0)
                table.Append(m.Case.PadRight(runs + 2));
            table.Append(m.Metric.PadRight(name)).Append("  ").Append(m.Text.PadLeft(14)).Append(' ').Append(m.Unit.PadRight(6));
            table.AppendLine(m.Aim is { } aim ? $" aim {aim}" : "");
        }
        return table.ToString();
    }

    public static string Json(string bench, Measurement m) =>
        JsonSerializer.Serialize(
            new
            {
                bench,
                @case = m.Case,
                metric = m.Metric,
                value = Math.Round(m.Value, 6),
                unit = m.Unit,
            }
        );
}
