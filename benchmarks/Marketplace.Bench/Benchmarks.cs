using Marketplace.Bench.Books;
using Marketplace.Bench.KubePerf;

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
        new(
            "queues",
            "Kueue's performance tests in simulated time: CPU seconds of all scheduling, makespan over its bound",
            QueuesBenchmark.RunAsync
        ),
        new(
            "reclaim",
            "a gang of 128 and of 512 pods of 8 devices takes its quota back on 1,000 full nodes: milliseconds, victims",
            ReclaimBenchmark.RunAsync
        ),
        new(
            "market",
            "a batch of orders matched to offers under contention: value over a certified bound, milliseconds",
            MarketBenchmark.RunAsync
        ),
        new("work", "price per unit of work on recorded prices and throughputs, against two habits", WorkBenchmark.RunAsync),
        new(
            "gavel",
            "long jobs on three kinds of chip: average completion time and makespan of a simulated cluster",
            GavelBenchmark.RunAsync
        ),
        new("decide", "one decision among 10,000, 100,000 and 1,000,000 offers, by scan and by index", DecideBenchmark.RunAsync),
        new(
            "kubeperf",
            "5,000 nodes, as in scheduler_perf of kube-scheduler: decisions per second in process; binder and kube-scheduler on a real API server",
            KubePerfBenchmark.RunAsync,
            OwnTable: true
        ),
        new("bulk", "bulk orders of 1,000 and 10,000 lines, and single purchases: lines per second, memory", BulkBenchmark.RunAsync),
        new(
            "ledger",
            "three-way charges, in batches, one by one and on one payer, in turns with pgbench's TPC-B: ratio, CPU per charge",
            LedgerBenchmark.RunAsync
        ),
        new("intake", "usage readings taken in: deduplicated, durable, rated and charged, in turns with TPC-B", IntakeBenchmark.RunAsync),
        new("close", "the close of a month with 1,000,000 rated lines and 10,000 invoices: seconds, memory", CloseBenchmark.RunAsync),
        new("database", "embedded PostgreSQL: first start, migrations, later start, stop", DatabaseBenchmark.RunAsync),
    ];
}
