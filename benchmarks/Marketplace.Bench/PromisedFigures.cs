using System.Text.RegularExpressions;

namespace Marketplace.Bench;

/// <summary>
/// The figures others read by name. A benchmark that does not print them has failed, so that a case which is renamed by chance is noticed at once.
/// It may print more.
/// </summary>
internal static class PromisedFigures
{
    private static readonly string[] PackingMetrics = ["allocation100", "allocation130", "sd100"];

    /// <summary>Per benchmark: a pattern for the whole name of a case, and the metrics every case of that pattern has. Each pattern has a case.</summary>
    private static readonly IReadOnlyList<(string Bench, string Case, string[] Metrics)> All =
    [
        ("openb", "[a-z0-9]+/default", [.. PackingMetrics, "pods_per_second", "p99_us"]),
        .. Scheduling.Packing.PackingPolicies.Names.Select(policy => ("openb", $"[a-z0-9]+/{policy}", PackingMetrics)),
        .. Each(
            "decide",
            ["10k/scan", "10k/indexed", "100k/scan", "100k/indexed", "1m/scan", "1m/indexed"],
            "p99_us",
            "requests_per_second"
        ),
        ("kubeperf", "basic", ["decisions_per_second"]),
        .. Each("queues", ["baseline", "large"], "cpu_s", "makespan_over_bound"),
        .. Each("reclaim", ["128", "512"], "ms"),
        .. Each("market", ["one-card", "gangs"], "value_over_bound", "ms"),
        .. Each("gavel", ["0\\.8", "2\\.4", "4\\.0", "4\\.8", "5\\.2", "5\\.6", "6\\.0"], "avg_jct_h"),
        ("gavel", "700 jobs", ["makespan_h"]),
        .. Each("ledger", ["batch", "single", "hot"], "ratio_to_tpcb", "cpu_us_per_charge", "charges_per_second"),
        ("intake", "", ["events_per_second"]),
        ("close", "", ["seconds", "rss_mib"]),
        ("work", "[a-z0-9.-]+", ["saving_vs_cheapest_hour", "saving_vs_fastest_chip"]),
    ];

    /// <summary>Which promised figures are not among the measured ones, in words.</summary>
    public static IReadOnlyList<string> Missing(string bench, IReadOnlyCollection<Measurement> measured) =>
        [.. All.Where(promise => promise.Bench == bench).SelectMany(promise => Missing(promise.Case, promise.Metrics, measured))];

    private static IEnumerable<string> Missing(string pattern, string[] metrics, IReadOnlyCollection<Measurement> measured)
    {
        var cases = measured
            .Where(figure => Regex.IsMatch(figure.Case, $"^(?:{pattern})$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            .ToLookup(figure => figure.Case, figure => figure.Metric, StringComparer.Ordinal);
        return cases.Count == 0
            ? [$"no case {pattern}"]
            : cases.SelectMany(one => metrics.Except(one).Select(metric => $"{metric} of {one.Key}"));
    }

    private static IEnumerable<(string, string, string[])> Each(string bench, string[] cases, params string[] metrics) =>
        cases.Select(one => (bench, one, metrics));
}
