namespace Marketplace.Bench;

internal static class Benchmarks
{
    /// <summary>Every benchmark there is, in the order of the list.</summary>
    public static readonly IReadOnlyList<Benchmark> All =
    [
        new("slice", "one purchase end to end: order to running, orders per second, portal pages, memory", SliceBenchmark.RunAsync),
        new(
            "openb",
            "packing a recorded GPU workload: allocation at 100 % and 130 % arrivals, pods per second",
            OpenbBenchmark.RunAsync,
            OwnTable: true
        ),
        new("decide", "one decision among 10,000, 100,000 and 1,000,000 offers, by scan and by index", DecideBenchmark.RunAsync),
        new(
            "kubeperf",
            "5,000 nodes and 50,000 pods, as in scheduler_perf of kube-scheduler: decisions per second, in process",
            KubePerfBenchmark.RunAsync,
            OwnTable: true
        ),
        new("bulk", "bulk orders of 1,000 and 10,000 lines, and single purchases: lines per second, memory", BulkBenchmark.RunAsync),
        new("database", "embedded PostgreSQL: first start, migrations, later start, stop", DatabaseBenchmark.RunAsync),
    ];
}
