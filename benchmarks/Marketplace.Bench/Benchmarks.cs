namespace Marketplace.Bench;

internal static class Benchmarks
{
    /// <summary>Every benchmark there is, in the order of the list.</summary>
    public static readonly IReadOnlyList<Benchmark> All =
    [
        new("database", "embedded PostgreSQL: first start, migrations, later start, stop", DatabaseBenchmark.RunAsync),
    ];
}
