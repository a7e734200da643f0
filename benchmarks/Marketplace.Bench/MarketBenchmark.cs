using System.Diagnostics;
using Marketplace.Scheduling.Market;

namespace Marketplace.Bench;

/// <summary>
/// A batch of 10,000 orders and 10,000 offers with 20 candidates each, more cards asked for than there are: the total utility of our matching
/// over a bound nobody can exceed, and the same for arrival order. In process; building and checking the batch is a figure of its own.
/// </summary>
internal static class MarketBenchmark
{
    private const int Seed = 7;
    private const int Runs = 7;

    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var measurements = new List<Measurement>();
        foreach (var scenario in MarketScenario.All)
        {
            cancellation.ThrowIfCancellationRequested();
            context.Log(scenario.Name);
            measurements.AddRange(Measure(scenario));
        }
        return Task.FromResult<IReadOnlyList<Measurement>>(measurements);
    }

    private static IEnumerable<Measurement> Measure(MarketScenario scenario)
    {
        var (offers, orders) = scenario.Draw(Seed);
        var building = Stopwatch.StartNew();
        var book = new MarketBook(offers, orders);
        double build = building.Elapsed.TotalMilliseconds;
        List<double> times = [],
            processor = [];
        MarketOutcome? outcome = null;
        for (var run = 0; run < Runs + 2; run++)
        {
            GC.Collect();
            using var self = Process.GetCurrentProcess();
            var before = self.TotalProcessorTime;
            var watch = Stopwatch.StartNew();
            outcome = BatchMarket.Match(book);
            if (run < 2)
                continue;
            times.Add(watch.Elapsed.TotalMilliseconds);
            self.Refresh();
            processor.Add((self.TotalProcessorTime - before).TotalMilliseconds);
        }
        var found = outcome!;
        double arrival = (double)ArrivalMatching.Value(book, ArrivalMatching.Match(book)) / (double)found.BoundMicros;
        // Counted again from the matching alone, so that the figure does not rest on the matcher's own sum.
        if (ArrivalMatching.Value(book, found.OfferOf) != found.ValueMicros)
            throw new BenchmarkException("The matching is not worth what it says.");
        yield return new("value_over_bound", found.ValueOverBound, "", scenario.Aim, scenario.Name);
        yield return new("ms", Quantiles.Of(times, 0.5), "ms", scenario.Candidates <= 200_000 ? "≤ 250" : null, scenario.Name);
        yield return new("worst_ms", times.Max(), "ms", null, scenario.Name);
        yield return new("processor_ms", Quantiles.Of(processor, 0.5), "ms", null, scenario.Name);
        yield return new("build_ms", build, "ms", null, scenario.Name);
        yield return new("demand_over_capacity", (double)orders.Sum(order => order.Cards) / offers.Sum(), "", null, scenario.Name);
        yield return new("bids", found.Bids, "", null, scenario.Name);
        yield return new("served", found.OfferOf.Count(offer => offer >= 0), "orders", null, scenario.Name);
        yield return new("arrival_order_over_bound", arrival, "", null, scenario.Name);
    }
}
