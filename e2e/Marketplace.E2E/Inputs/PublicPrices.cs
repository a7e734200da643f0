using System.Globalization;

namespace Marketplace.E2E.Inputs;

/// <summary>
/// What a card-hour costs in public clouds, by catalogue model: the median over every published on-demand machine with that accelerator of its
/// price divided by its cards. In US dollars as published, so nothing is exchanged; the machine's processors and memory are part of the price,
/// as they are part of a card-hour here. A model that no list names has no price, and is not put on sale.
/// </summary>
internal static class PublicPrices
{
    public const string Currency = "USD";
    private const int Decimals = 6;

    // The list's names of the accelerators of the trace. Its A10G is another chip than the A10.
    private static readonly Dictionary<string, string> ModelOf = new(StringComparer.Ordinal)
    {
        ["P100 (16 GB)"] = "P100",
        ["T4 (16 GB)"] = "T4",
        ["V100 (16 GB)"] = "V100M16",
        ["V100 (32 GB)"] = "V100M32",
        ["A10"] = "A10",
        ["A10 (24 GB)"] = "A10",
    };

    // Without a list: invented prices for the same models, so that the flow can still be played.
    private static readonly Dictionary<string, decimal> StandIns = new(StringComparer.Ordinal)
    {
        ["P100"] = 1.235_711m,
        ["T4"] = 0.787_313m,
        ["V100M16"] = 2.104_729m,
        ["V100M32"] = 1.897_531m,
        ["A10"] = 1.415_923m,
    };

    public static IReadOnlyDictionary<string, decimal> PerCardHour() =>
        InputFolder.Find("prices", "fsdl_cloud-gpus.csv") is { } list ? Read(list) : StandIns;

    private static Dictionary<string, decimal> Read(string path)
    {
        var lines = File.ReadAllLines(path);
        var columns = lines[0].Split(',').Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        // Some machines stand in the list twice.
        return lines
            .Skip(1)
            .Distinct(StringComparer.Ordinal)
            .Select(l => l.Split(','))
            .Where(f => f.Length == columns.Count && ModelOf.ContainsKey(f[columns["GPU Type"]]))
            .Select(f =>
                (Model: ModelOf[f[columns["GPU Type"]]], Price: Number(f[columns["On-demand"]]), Cards: Number(f[columns["GPUs"]]))
            )
            .Where(m => m is { Price: > 0, Cards: > 0 })
            .GroupBy(m => m.Model, m => m.Price / m.Cards, StringComparer.Ordinal)
            .ToDictionary(
                g => g.Key,
                g => decimal.Round(Median([.. g.Order()]), Decimals, MidpointRounding.ToEven),
                StringComparer.Ordinal
            );
    }

    private static decimal Median(decimal[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
