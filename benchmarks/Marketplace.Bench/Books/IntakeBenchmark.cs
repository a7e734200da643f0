using System.Diagnostics;
using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Bench.Books;

/// <summary>
/// Usage from clusters: cumulative readings of every pod, a minute apart, deduplicated, durable, rated and charged when the call returns. One
/// reading in ten is a repetition. In turns with pgbench's TPC-B on the same server; a figure is the median of three rounds.
/// </summary>
internal static class IntakeBenchmark
{
    private const int Clusters = 4;
    private const int ContractsPerCluster = 250;
    private const int PodsPerContract = 20;
    private const int Rounds = 3;

    /// <summary>Readings in ten that were sent before.</summary>
    private const int RepeatedOfTen = 1;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private sealed record Rate(double EventsPerSecond, double CpuMicrosPerEvent);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        await using BooksHost books = await BooksHost.StartAsync(context, cancellation);
        TpcB tpcB = await TpcB.PrepareAsync(books.OwnerConnectionString, books.Processes, Clusters, cancellation);
        await RegisterAsync(books, cancellation);
        var minutes = new int[Clusters];
        await TakeAsync(books, minutes, TimeSpan.FromSeconds(3), cancellation);
        var yardstick = new List<double>();
        var rates = new List<Rate>();
        for (int round = 1; round <= Rounds; round++)
        {
            yardstick.Add(await tpcB.MeasureAsync(Turn, cancellation));
            rates.Add(await TakeAsync(books, minutes, Turn, cancellation));
            context.Log(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round}: TPC-B {yardstick[^1]:0} a second, {rates[^1].EventsPerSecond:0} events a second, {rates[^1].CpuMicrosPerEvent:0} us of CPU each"
                )
            );
        }
        await books.AssertBalancedAsync(except: null, cancellation);
        return
        [
            new("events_per_second", Quantiles.Of([.. rates.Select(r => r.EventsPerSecond)], 0.5), "1/s", "≥ 20000"),
            new("cpu_us_per_event", Quantiles.Of([.. rates.Select(r => r.CpuMicrosPerEvent)], 0.5), "us"),
            new("tpcb_transactions_per_second", Quantiles.Of(yardstick, 0.5), "1/s"),
        ];
    }

    /// <summary>Each cluster reports on its own, minute after minute, as fast as it is answered.</summary>
    private static async Task<Rate> TakeAsync(BooksHost books, int[] minutes, TimeSpan time, CancellationToken ct)
    {
        double cpu = books.Processes.CpuSeconds();
        var watch = Stopwatch.StartNew();
        long[] counts = await Task.WhenAll(
            Enumerable
                .Range(0, Clusters)
                .Select(cluster =>
                    Task.Run(
                        async () =>
                        {
                            long count = 0;
                            while (watch.Elapsed < time)
                            {
                                UsageReading[] readings = [.. Minute(cluster, ++minutes[cluster])];
                                await books.ActAsync<IRating, IReadOnlyList<ChargeResult>>(
                                    Actor.System,
                                    rating => rating.RecordAsync(readings, ct)
                                );
                                count += readings.Length;
                            }
                            return count;
                        },
                        ct
                    )
                )
        );
        double seconds = watch.Elapsed.TotalSeconds;
        return new Rate(counts.Sum() / seconds, (books.Processes.CpuSeconds() - cpu) * 1e6 / counts.Sum());
    }

    private static IEnumerable<UsageReading> Minute(int cluster, int minute)
    {
        for (int contract = 0; contract < ContractsPerCluster; contract++)
        {
            for (int pod = 0; pod < PodsPerContract; pod++)
            {
                yield return Reading(cluster, contract, pod, minute);
                // Some arrive twice, as after a lost answer.
                if ((contract + pod + minute) % 10 < RepeatedOfTen && minute > 1)
                    yield return Reading(cluster, contract, pod, minute - 1);
            }
        }
    }

    private static UsageReading Reading(int cluster, int contract, int pod, int minute)
    {
        string allocation = string.Create(CultureInfo.InvariantCulture, $"pod-{contract}-{pod}");
        return new UsageReading(
            $"clu_{cluster}",
            string.Create(CultureInfo.InvariantCulture, $"{allocation}@{minute}"),
            Contract(cluster, contract),
            allocation,
            "card-seconds",
            60m * minute,
            Start.AddMinutes(minute - 1),
            Start.AddMinutes(minute),
            Final: false
        );
    }

    private static async Task RegisterAsync(BooksHost books, CancellationToken ct)
    {
        ContractTerms[] terms =
        [
            .. Enumerable
                .Range(0, Clusters)
                .SelectMany(cluster =>
                    Enumerable
                        .Range(0, ContractsPerCluster)
                        .Select(contract => new ContractTerms(
                            Contract(cluster, contract),
                            $"ord_{cluster}_{contract}",
                            $"org_{cluster}_{contract % 50}",
                            $"org_operator_{contract % 5}",
                            $"org_center_{cluster}",
                            "CNY",
                            "Ascend 910B",
                            "20 × Ascend 910B",
                            10m,
                            8.5m,
                            0.05m,
                            0.19m,
                            "CN",
                            // Paid by invoice.
                            HoldReference: ""
                        ))
                ),
        ];
        await books.ActAsync<IRating, bool>(
            Actor.System,
            async rating =>
            {
                await rating.RegisterManyAsync(terms, ct);
                return true;
            }
        );
    }

    private static string Contract(int cluster, int contract) => $"ctr_{cluster}_{contract}";
}
