using System.Diagnostics;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Bench;

/// <summary>
/// One purchase, end to end, through the real rooms on a simulated cluster and a real PostgreSQL with fsync on. "Order to running" runs from
/// the accepted order (committed) to the moment its contract is Active, pods Ready and all; it contains the simulated node's pull and start.
/// </summary>
internal static class SliceBenchmark
{
    private const int Warm = 10;
    private const int Latency = 60;
    private const int Throughput = 120;
    private const int Buyers = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        await using (var market = await SliceMarket.StartAsync(context, cancellation))
        {
            context.Log($"{Warm} orders to warm up, then {Latency} one after the other");
            await OrderToRunningAsync(market, "warm", Warm, cancellation);
            var seconds = await OrderToRunningAsync(market, "latency", Latency, cancellation);
            measurements.Add(new("order_to_running_p50_s", Quantiles.Of(seconds, 0.5), "s", "≤ 2"));
            measurements.Add(new("order_to_running_p99_s", Quantiles.Of(seconds, 0.99), "s"));
            context.Log($"{Throughput} orders by {Buyers} buyers at once");
            measurements.Add(new("orders_per_second", await OrdersPerSecondAsync(market, cancellation), "1/s"));
        }
        measurements.AddRange(await PortalMeasure.RunAsync(context, cancellation));
        return measurements;
    }

    private static async Task<List<double>> OrderToRunningAsync(SliceMarket market, string name, int count, CancellationToken ct)
    {
        var seconds = new List<double>(count);
        for (int i = 0; i < count; i++)
        {
            OrderView order = await PlaceAsync(market, $"{name}-{i}", ct);
            var watch = Stopwatch.StartNew();
            await market.ActiveAsync(order.Lines[0].ContractId!, Limit, ct);
            seconds.Add(watch.Elapsed.TotalSeconds);
        }
        return seconds;
    }

    private static async Task<double> OrdersPerSecondAsync(SliceMarket market, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Buyers)
                .Select(async buyer =>
                {
                    for (int i = 0; i < Throughput / Buyers; i++)
                        await PlaceAsync(market, $"rate-{buyer}-{i}", ct);
                })
        );
        return Throughput / watch.Elapsed.TotalSeconds;
    }

    private static async Task<OrderView> PlaceAsync(SliceMarket market, string name, CancellationToken ct)
    {
        var request = new WorkloadRequest
        {
            Name = name,
            Product = ProductKind.Job,
            Image = "bench/job:1",
            Hours = 1,
            Currency = "CNY",
            // Short, so that the cards come back and the next order finds one.
            SimulatedRunSeconds = 2,
        };
        Outcome<OrderView> order = await market.AsCustomerAsync<IOrders, Outcome<OrderView>>(o => o.PlaceAsync(request, name, ct));
        return order.IsOk ? order.Value : throw new BenchmarkException($"{name} was refused: {order.Problem.Detail}");
    }
}
