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
        using var me = Process.GetCurrentProcess();
        measurements.Add(new("peak_rss_mib", me.PeakWorkingSet64 / 1048576.0, "MiB"));
        return measurements;
    }

    private static async Task<double> SecondsAsync(BulkMarket market, BulkMode mode, int lines, CancellationToken ct)
    {
        var request = new BulkOrderRequest { Mode = mode, Lines = [.. Enumerable.Range(0, lines).Select(Line)] };
        string key = string.Create(CultureInfo.InvariantCulture, $"{mode}-{lines}");
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
        return bulk.Accepted == lines
            ? watch.Elapsed.TotalSeconds
            : throw new BenchmarkException($"{bulk.Accepted} of {lines} lines were placed: {bulk.Problem?.Detail}");
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

    private static JsonElement Line(int number) =>
        JsonSerializer.SerializeToElement(
            new
            {
                name = string.Create(CultureInfo.InvariantCulture, $"line-{number}"),
                product = "job",
                image = "bench/job:1",
                hours = 1,
            }
        );
}
