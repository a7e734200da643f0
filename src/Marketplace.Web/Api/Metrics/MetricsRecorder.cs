using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Marketplace.Web.Api.Metrics;

/// <summary>
/// Listens to the framework's meters and to ours (<c>Marketplace.*</c>) and keeps sums, gauges and histograms for the next scrape.
/// Bounded: an instrument stops making new series at <see cref="MaxSeries"/>, and says so in a series of its own.
/// </summary>
internal sealed class MetricsRecorder : IHostedService, IDisposable
{
    public const int MaxSeries = 1000;
    private static readonly string[] Framework =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Components",
        "Microsoft.AspNetCore.Components.Server.Circuits",
        "Microsoft.AspNetCore.Http.Connections",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
    ];

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Instrument, Recorded> instruments = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (
                instrument.Meter.Name.StartsWith("Marketplace.", StringComparison.Ordinal)
                || Framework.Contains(instrument.Meter.Name, StringComparer.Ordinal)
            )
                l.EnableMeasurementEvents(instrument, instruments.GetOrAdd(instrument, Recorded.Of));
        };
        listener.MeasurementsCompleted = (instrument, _) => instruments.TryRemove(instrument, out Recorded? _);
        listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(value, tags, state));
        listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Record((double)value, tags, state));
        listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        listener.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => listener.Dispose();

    /// <summary>Everything in Prometheus's text format 0.0.4.</summary>
    public string Render()
    {
        listener.RecordObservableInstruments();
        var text = new System.Text.StringBuilder(64 * 1024);
        // Two meters of one name (a restarted host in a test) must not declare a family twice.
        foreach (var family in instruments.Values.GroupBy(r => r.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Recorded first = family.First();
            text.Append(CultureInfo.InvariantCulture, $"# HELP {first.Name} {first.Help}\n# TYPE {first.Name} {first.Type}\n");
            foreach (
                var (labels, series) in family.SelectMany(r => r.Series).DistinctBy(s => s.Key).OrderBy(s => s.Key, StringComparer.Ordinal)
            )
                series.Render(text, first.Name, labels);
        }
        return text.ToString();
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((Recorded)state!).Record(value, tags);
}
