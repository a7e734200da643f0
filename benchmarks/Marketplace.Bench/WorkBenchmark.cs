using Marketplace.Scheduling.Work;

namespace Marketplace.Bench;

/// <summary>
/// What buying work instead of card-hours saves, on real on-demand prices and MLPerf Inference v5.1 throughputs: per model the median over the regions
/// where at least two chips can be bought and were measured on it.
/// </summary>
internal static class WorkBenchmark
{
    public static Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var throughputs = WorkData.Throughputs(context.Data("mlperf/inference_v5.1_per_accelerator.csv"));
        var lists = new[]
        {
            ("azure", WorkData.AzurePrices(context.Data("prices/azure_ondemand_2026-06-18.csv"))),
            ("fsdl", WorkData.ListedPrices(context.Data("prices/fsdl_cloud-gpus.csv"))),
        };
        var priced = lists.SelectMany(list => list.Item2.Values).SelectMany(chips => chips.Keys).ToHashSet(StringComparer.Ordinal);
        var measured = throughputs.Values.SelectMany(chips => chips.Keys).ToHashSet(StringComparer.Ordinal);
        context.Log($"Measured and priced: {Names(measured.Where(priced.Contains))}.");
        context.Log($"Measured, without a price in the lists: {Names(measured.Where(chip => !priced.Contains(chip)))}.");
        var measurements = new List<Measurement>();
        var unpriced = new List<string>();
        foreach (var (list, regions) in lists)
        {
            foreach (var (model, chips) in throughputs)
            {
                cancellation.ThrowIfCancellationRequested();
                var choices = regions
                    .Values.Select(prices =>
                        chips
                            .Where(chip => prices.ContainsKey(chip.Key))
                            .Select(chip => new ChipRate(chip.Key, prices[chip.Key], chip.Value))
                            .ToList()
                    )
                    .Where(rates => rates.Count >= 2)
                    .Select(rates => WorkChoice.Of(rates)!)
                    .ToList();
                if (choices.Count == 0)
                {
                    unpriced.Add($"{list}/{model}");
                    continue;
                }
                // Azure's list has the regions; a model of another list names it.
                measurements.AddRange(Figures(list == "azure" ? model : $"{model}/{list}", choices));
                context.Log(
                    $"{list}/{model}: best {Most(choices, c => c.Best)}; cheapest hour {Most(choices, c => c.CheapestHour)}; fastest {Most(choices, c => c.Fastest)}"
                );
            }
        }
        context.Log($"Nowhere two measured chips at a price: {Names(unpriced)}.");
        return measurements.Count > 0
            ? Task.FromResult<IReadOnlyList<Measurement>>(measurements)
            : throw new BenchmarkException("No chip is both priced and measured.");
    }

    private static IEnumerable<Measurement> Figures(string name, List<WorkChoice> choices)
    {
        yield return new(
            "saving_vs_cheapest_hour",
            100 * Quantiles.Of([.. choices.Select(choice => choice.SavingAgainstCheapestHour)], 0.5),
            "%",
            null,
            name
        );
        yield return new(
            "saving_vs_fastest_chip",
            100 * Quantiles.Of([.. choices.Select(choice => choice.SavingAgainstFastest)], 0.5),
            "%",
            null,
            name
        );
        yield return new("regions", choices.Count, "", null, name);
    }

    private static string Most(List<WorkChoice> choices, Func<WorkChoice, ChipRate> which)
    {
        var most = choices.CountBy(choice => which(choice).Chip).MaxBy(each => each.Value);
        return $"{most.Key} in {most.Value} of {choices.Count}";
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));
}
