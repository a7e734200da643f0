using System.Diagnostics;
using Marketplace.Migrations;
using Marketplace.Platform.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Bench;

/// <summary>What the private PostgreSQL adds to a start of the marketplace, with fsync on as in production.</summary>
internal static class DatabaseBenchmark
{
    private const int LaterStarts = 5;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var options = new PostgresOptions { Directory = Path.Combine(context.WorkFolder, "data") };
        var stops = new List<double>();
        var starts = new List<double>();

        context.Log("first start");
        var (first, firstSeconds) = await TimedAsync(() => EmbeddedPostgres.StartAsync(options, NullLogger.Instance, cancellation));
        var runner = new MigrationRunner(MigrationCatalog.Load(), NullLogger.Instance);
        var (applied, migrateSeconds) = await TimedAsync(() => runner.ApplyAsync(first.OwnerConnectionString, cancellation));
        context.Log($"{applied.Count} migrations");
        stops.Add(await StopAsync(first));
        for (var i = 0; i < LaterStarts; i++)
        {
            var (later, seconds) = await TimedAsync(() => EmbeddedPostgres.StartAsync(options, NullLogger.Instance, cancellation));
            starts.Add(seconds);
            stops.Add(await StopAsync(later));
        }
        return
        [
            new("first_start_s", firstSeconds, "s"),
            new("migrate_s", migrateSeconds, "s"),
            new("later_start_p50_s", Quantiles.Of(starts, 0.5), "s"),
            new("stop_p50_s", Quantiles.Of(stops, 0.5), "s"),
        ];
    }

    private static async Task<double> StopAsync(EmbeddedPostgres instance)
    {
        var watch = Stopwatch.StartNew();
        await instance.DisposeAsync();
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<(T Result, double Seconds)> TimedAsync<T>(Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        var result = await work();
        return (result, watch.Elapsed.TotalSeconds);
    }
}
