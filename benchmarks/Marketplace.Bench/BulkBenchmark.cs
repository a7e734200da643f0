using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Bench;

/// <summary>
/// Bulk orders on a real PostgreSQL with fsync on, from the request to the last line committed: submit, outbox, decide, hold, order. And
/// single purchases beside them, so that the two can be compared.
/// </summary>
internal static class BulkBenchmark
{
    private const int Warm = 20;
    private const int Single = 100;
    private const int Small = 1_000;
    private static readonly int Large = BulkOrderRequest.MaxLines;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        await using var market = await BulkMarket.StartAsync(context, Warm + Single + Small + Small + Large + 200, cancellation);
        context.Log($"{Warm} lines to warm up, then {Single} single purchases");
        await SecondsAsync(market, BulkMode.Atomic, Warm, cancellation);
        var (quote, accept) = await SingleAsync(market, cancellation);
        measurements.Add(new("quote_p50_ms", quote, "ms"));
        measurements.Add(new("accept_p50_ms", accept, "ms"));
        foreach (
            var (name, mode, lines, aim) in new[]
            {
                ("atomic_1000", BulkMode.Atomic, Small, "≤ 5"),
                ("best_effort_1000", BulkMode.BestEffort, Small, "≤ 5"),
                ("atomic_10000", BulkMode.Atomic, Large, "≤ 60"),
            }
        )
        {
            context.Log($"{lines.ToString(CultureInfo.InvariantCulture)} lines, {mode}");
            double seconds = await SecondsAsync(market, mode, lines, cancellation);
            measurements.Add(new("seconds", seconds, "s", aim, name));
            measurements.Add(new("lines_per_second", lines / seconds, "1/s", Case: name));
        }
        measurements.AddRange(await ContendedAsync(market, context, cancellation));
        using var me = Process.GetCurrentProcess();
        measurements.Add(new("peak_rss_mib", me.PeakWorkingSet64 / 1048576.0, "MiB"));
        return measurements;
    }

    private static async Task<double> SecondsAsync(BulkMarket market, BulkMode mode, int lines, CancellationToken ct)
    {
        var request = new BulkOrderRequest { Mode = mode, Lines = [.. Enumerable.Range(0, lines).Select(i => Line(i))] };
        var (bulk, seconds) = await RunAsync(market, request, string.Create(CultureInfo.InvariantCulture, $"{mode}-{lines}"), ct);
        return bulk.Accepted == lines
            ? seconds
            : throw new BenchmarkException($"{bulk.Accepted} of {lines} lines were placed: {bulk.Problem?.Detail}");
    }

    private static async Task<(BulkOrderView Bulk, double Seconds)> RunAsync(
        BulkMarket market,
        BulkOrderRequest request,
        string key,
        CancellationToken ct
    )
    {
        var watch = Stopwatch.StartNew();
        BulkOrderView bulk = MarketFill.Value(
            await market.AsCustomerAsync<IBulkOrders, Outcome<BulkOrderView>>(b => b.SubmitAsync(request, key, ct))
        );
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Limit);
        while (bulk.State == BulkState.Running)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
            bulk = (await market.AsCustomerAsync<IBulkOrders, BulkOrderView?>(b => b.FindAsync(bulk.Id, deadline.Token)))!;
        }
        return (bulk, watch.Elapsed.TotalSeconds);
    }

    /// <summary>
    /// More lines than cards, in 20 regions with prices that differ: half of the lines are bound to one region, a quarter to three, and the
    /// rest may go anywhere. A dry run, so that all lines are one batch: submit, outbox, decide, price.
    /// </summary>
    private static async Task<IReadOnlyList<Measurement>> ContendedAsync(BulkMarket market, BenchmarkContext context, CancellationToken ct)
    {
        const string Case = "contended";
        string[] regions = [.. Enumerable.Range(0, 20).Select(r => string.Create(CultureInfo.InvariantCulture, $"region-{r}"))];
        for (int r = 0; r < regions.Length; r++)
            await market.AddAsync(regions[r], Large / regions.Length * 9 / 10, 2 + (r * 7 % 20), ct);
        var random = new Random(42);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"{Large} lines, {Large * 9 / 10} cards in {regions.Length} regions"));
        var request = new BulkOrderRequest { DryRun = true, Lines = [.. Enumerable.Range(0, Large).Select(i => Line(i, Choice()))] };
        var (bulk, seconds) = await RunAsync(market, request, Case, ct);
        BulkPlacing placing = bulk.Placing ?? throw new BenchmarkException("The order does not say how its lines were placed.");
        return
        [
            new("seconds", seconds, "s", "≤ 60", Case),
            new("placed_by_arrival", placing.PlacedByArrival, "lines", Case: Case),
            new("placed", placing.Placed, "lines", Case: Case),
            new("at_most", placing.AtMost, "lines", Case: Case),
        ];

        string[] Choice()
        {
            // The first regions are asked for most.
            int first = Math.Min(random.Next(regions.Length), random.Next(regions.Length));
            return random.Next(4) switch
            {
                0 => regions,
                1 => [regions[first], regions[(first + 1) % regions.Length], regions[(first + 2) % regions.Length]],
                _ => [regions[first]],
            };
        }
    }

    private static async Task<(double Quote, double Accept)> SingleAsync(BulkMarket market, CancellationToken ct)
    {
        var quotes = new List<double>(Single);
        var accepts = new List<double>(Single);
        for (int i = 0; i < Single; i++)
        {
            WorkloadRequest request = Line(i).Deserialize<WorkloadRequest>(JsonOptions)!;
            var watch = Stopwatch.StartNew();
            QuoteView quote = MarketFill.Value(
                await market.AsCustomerAsync<IQuotes, Outcome<QuoteView>>(q => q.RequestAsync(request, $"quote-{i}", ct))
            );
            quotes.Add(watch.Elapsed.TotalMilliseconds);
            watch.Restart();
            MarketFill.Value(await market.AsCustomerAsync<IOrders, Outcome<OrderView>>(o => o.AcceptAsync(quote.Id, $"accept-{i}", ct)));
            accepts.Add(watch.Elapsed.TotalMilliseconds);
        }
        return (Quantiles.Of(quotes, 0.5), Quantiles.Of(accepts, 0.5));
    }

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static JsonElement Line(int number, string[]? regions = null) =>
        JsonSerializer.SerializeToElement(
            new
            {
                name = string.Create(CultureInfo.InvariantCulture, $"line-{number}"),
                product = "job",
                image = "bench/job:1",
                hours = 1,
                regions = regions ?? [],
            }
        );
}
