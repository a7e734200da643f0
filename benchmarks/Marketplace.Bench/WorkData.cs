using System.Globalization;

namespace Marketplace.Bench;

/// <summary>Recorded prices and throughputs, per accelerator. Fields may be quoted, as precisions hold commas.</summary>
internal static class WorkData
{
    /// <summary>
    /// Azure's sizes with whole accelerators of a kind that MLPerf measured. Their number is not in the price list; it is from the sizes'
    /// documentation. Sizes with parts of an accelerator are left out.
    /// </summary>
    private static readonly IReadOnlyDictionary<string, (string Chip, int Accelerators)> AzureSizes = new Dictionary<string, (string, int)>(
        StringComparer.Ordinal
    )
    {
        ["Standard_ND96isr_H100_v5"] = ("NVIDIA H100-SXM-80GB", 8),
        ["Standard_ND96is_H100_v5"] = ("NVIDIA H100-SXM-80GB", 8),
        ["Standard_NC40ads_H100_v5"] = ("NVIDIA H100-NVL-94GB", 1),
        ["Standard_NC80adis_H100_v5"] = ("NVIDIA H100-NVL-94GB", 2),
        ["Standard_ND96isr_H200_v5"] = ("NVIDIA H200-SXM-141GB", 8),
        ["Standard_ND96is_MI300X_v5"] = ("AMD Instinct MI300X 192GB HBM3", 8),
        ["Standard_ND96isr_MI300X_v5"] = ("AMD Instinct MI300X 192GB HBM3", 8),
        ["Standard_ND128isr_NDR_GB200_v6"] = ("NVIDIA GB200", 4),
        ["Standard_NC144lds_xl_RTXPRO6000BSE_v6"] = ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 1),
        ["Standard_NC288lds_xl_RTXPRO6000BSE_v6"] = ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 2),
    };

    /// <summary>The kinds of the other list whose form and memory say which measured chip they are.</summary>
    private static readonly IReadOnlyDictionary<string, string> ListedKinds = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["H100 HGX (80GB)"] = "NVIDIA H100-SXM-80GB",
        ["L4 (24 GB)"] = "NVIDIA L4-PCIe-24GB",
    };

    /// <summary>The least price per accelerator and hour in micro-units, by region and chip.</summary>
    public static Dictionary<string, Dictionary<string, long>> AzurePrices(string file)
    {
        var prices = new Dictionary<string, Dictionary<string, long>>(StringComparer.Ordinal);
        foreach (var row in Rows(file))
        {
            if (AzureSizes.TryGetValue(row("vm_size"), out var size))
                Keep(prices, row("region"), size.Chip, Number(row("usd_per_hour")) / size.Accelerators);
        }
        return prices;
    }

    /// <summary>The least on-demand price of all providers; no provider of the list sells two of these chips, so they are one region.</summary>
    public static Dictionary<string, Dictionary<string, long>> ListedPrices(string file)
    {
        var prices = new Dictionary<string, Dictionary<string, long>>(StringComparer.Ordinal);
        foreach (var row in Rows(file))
        {
            if (ListedKinds.TryGetValue(row("GPU Type"), out string? chip) && row("On-demand").Length > 0)
                Keep(prices, "all providers", chip, Number(row("On-demand")) / Number(row("GPUs")));
        }
        return prices;
    }

    /// <summary>
    /// Units per second and accelerator by model and chip: the best of the offline results in the closed division, in which all run the same model to the same
    /// accuracy; systems that mix accelerators are left out.
    /// </summary>
    public static SortedDictionary<string, Dictionary<string, double>> Throughputs(string file)
    {
        var models = new SortedDictionary<string, Dictionary<string, double>>(StringComparer.Ordinal);
        foreach (var row in Rows(file))
        {
            if (row("division") != "closed" || row("scenario") != "Offline" || row("accelerator").Contains("(x", StringComparison.Ordinal))
                continue;
            if (!models.TryGetValue(row("model"), out var chips))
                models.Add(row("model"), chips = new(StringComparer.Ordinal));
            chips[row("accelerator")] = Math.Max(chips.GetValueOrDefault(row("accelerator")), Number(row("result_per_accelerator")));
        }
        return models;
    }

    private static void Keep(Dictionary<string, Dictionary<string, long>> prices, string region, string chip, double perHour)
    {
        if (!prices.TryGetValue(region, out var chips))
            prices.Add(region, chips = new(StringComparer.Ordinal));
        long micros = (long)Math.Ceiling(1e6 * perHour);
        chips[chip] = chips.TryGetValue(chip, out long known) ? Math.Min(known, micros) : micros;
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new BenchmarkException($"'{text}' is not a number.");

    private static IEnumerable<Func<string, string>> Rows(string file)
    {
        List<string>? columns = null;
        foreach (string line in File.ReadLines(file))
        {
            var fields = Fields(line);
            if (columns is null)
            {
                columns = fields;
                continue;
            }
            var names = columns;
            yield return column => fields[names.IndexOf(column)];
        }
    }

    private static List<string> Fields(string line)
    {
        var fields = new List<string> { "" };
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
                fields.Add("");
            else
                fields[^1] += c;
        }
        return fields;
    }
}
