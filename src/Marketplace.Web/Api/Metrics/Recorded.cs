using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Marketplace.Web.Api.Metrics;

/// <summary>One instrument's series.</summary>
internal sealed class Recorded
{
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private static readonly double[] Other = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 100_000, 1_000_000];
    private readonly double[]? bounds;
    private readonly bool absolute;

    private Recorded(string name, string help, string type, double[]? bounds, bool absolute) =>
        (Name, Help, Type, this.bounds, this.absolute) = (name, help, type, bounds, absolute);

    public string Name { get; }
    public string Help { get; }
    public string Type { get; }
    public ConcurrentDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

    public static Recorded Of(Instrument instrument)
    {
        string kind = instrument.GetType().Name;
        bool histogram = kind.StartsWith("Histogram", StringComparison.Ordinal);
        bool counter =
            kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal);
        bool isAbsolute = instrument.IsObservable || kind.StartsWith("Gauge", StringComparison.Ordinal);
        double[]? buckets = histogram ? (Advised(instrument) ?? (instrument.Unit == "s" ? Seconds : Other)) : null;
        string name = NameOf(instrument.Name, instrument.Unit) + (counter ? "_total" : "");
        string help = (instrument.Description ?? instrument.Name).Replace("\\", "\\\\", StringComparison.Ordinal).Replace('\n', ' ');
        return new Recorded(
            name,
            help,
            histogram ? "histogram"
                : counter ? "counter"
                : "gauge",
            buckets,
            isAbsolute
        );
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = Labels(tags);
        if (!Series.TryGetValue(labels, out Series? series))
            series = Series.GetOrAdd(Series.Count < MetricsRecorder.MaxSeries ? labels : "overflow=\"true\"", _ => new Series(bounds));
        series.Record(value, absolute);
    }

    private static double[]? Advised(Instrument instrument) =>
        instrument switch
        {
            Histogram<double> h => h.Advice?.HistogramBucketBoundaries is { } b ? [.. b] : null,
            Histogram<long> h => h.Advice?.HistogramBucketBoundaries is { } b ? [.. b.Select(v => (double)v)] : null,
            Histogram<int> h => h.Advice?.HistogramBucketBoundaries is { } b ? [.. b.Select(v => (double)v)] : null,
            _ => null,
        };

    private static string NameOf(string name, string? unit)
    {
        string suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        string clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return clean.EndsWith(suffix, StringComparison.Ordinal) ? clean : clean + suffix;
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
            return "";
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
            sorted[string.Concat(key.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'))] = Escape(
                Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""
            );
        return string.Join(',', sorted.Select(t => $"{t.Key}=\"{t.Value}\""));
    }

    private static string Escape(string value) =>
        value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>One combination of labels.</summary>
internal sealed class Series(double[]? bounds)
{
    private readonly Lock gate = new();
    private readonly long[] counts = new long[(bounds?.Length ?? 0) + 1];
    private double sum;
    private long count;

    public void Record(double value, bool absolute)
    {
        lock (gate)
        {
            if (bounds is not null)
            {
                int at = Array.BinarySearch(bounds, value);
                counts[at >= 0 ? at : ~at]++;
                count++;
            }
            sum = absolute ? value : sum + value;
        }
    }

    public void Render(StringBuilder text, string name, string labels)
    {
        lock (gate)
        {
            if (bounds is null)
            {
                Line(text, name, labels, sum);
                return;
            }
            long below = 0;
            string prefix = labels.Length == 0 ? "" : labels + ",";
            for (int i = 0; i < bounds.Length; i++)
                Line(text, name + "_bucket", $"{prefix}le=\"{bounds[i].ToString(CultureInfo.InvariantCulture)}\"", below += counts[i]);
            Line(text, name + "_bucket", $"{prefix}le=\"+Inf\"", count);
            Line(text, name + "_sum", labels, sum);
            Line(text, name + "_count", labels, count);
        }
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
