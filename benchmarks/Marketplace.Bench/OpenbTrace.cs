using System.Globalization;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Bench;

/// <summary>The openb nodes and one of its pod lists, as in ORIGIN.md of the data folder.</summary>
/// <param name="Workload">From the file's name: <c>openb_pod_list_WORKLOAD.csv</c>.</param>
/// <param name="Nodes">The cluster.</param>
/// <param name="Pods">Sorted by name.</param>
internal sealed record OpenbTrace(string Workload, IReadOnlyList<PackingNode> Nodes, IReadOnlyList<PodShape> Pods)
{
    private const string Prefix = "openb_pod_list_";

    /// <summary>Every pod list of the folder, by name.</summary>
    public static IReadOnlyList<OpenbTrace> All(string folder)
    {
        var nodes = Rows(Path.Combine(folder, "openb_node_list_gpu_node.csv"))
            .Select(row => new PackingNode(row("model"), Number(row("gpu")), Number(row("cpu_milli")), Number(row("memory_mib"))))
            .ToList();
        var fleet = new PackingFleet(nodes);
        var traces = Directory
            .GetFiles(folder, Prefix + "*.csv")
            .Order(StringComparer.Ordinal)
            .Select(file => new OpenbTrace(Path.GetFileNameWithoutExtension(file)[Prefix.Length..], nodes, ReadPods(file, fleet)))
            .ToList();
        return traces.Count > 0 ? traces : throw new BenchmarkException($"{folder} holds no {Prefix}*.csv.");
    }

    /// <summary>The published means over seeds 42 to 51, in percent at 100 % arrivals, by workload and policy.</summary>
    public static IReadOnlyDictionary<(string Workload, string Policy), double> Published(string folder)
    {
        var file = Path.Combine(folder, "published_allocation.csv");
        var policies = File.ReadLines(file).First().Split(',').Skip(1).ToList();
        return Rows(file)
            .SelectMany(row => policies.Select(policy => (Key: (row("workload"), policy), Value: row(policy))))
            .ToDictionary(each => each.Key, each => double.Parse(each.Value, CultureInfo.InvariantCulture));
    }

    private static List<PodShape> ReadPods(string file, PackingFleet fleet) =>
        [
            .. Rows(file)
                .OrderBy(row => row("name"), StringComparer.Ordinal)
                .Select(row => new PodShape(
                    Number(row("cpu_milli")),
                    Number(row("memory_mib")),
                    Number(row("num_gpu")),
                    // As in the original: no share beyond a whole device, and none without devices.
                    Number(row("num_gpu")) == 0
                        ? 0
                        : Math.Min(PodShape.WholeCard, Number(row("gpu_milli"))),
                    fleet.ModelsNamed(row("gpu_spec").Split('|', StringSplitOptions.RemoveEmptyEntries))
                )),
        ];

    /// <summary>Each row as a look-up by column; a column that is not there reads as empty, as some lists have only the first five.</summary>
    private static IEnumerable<Func<string, string>> Rows(string file)
    {
        if (!File.Exists(file))
            throw new BenchmarkException($"{file} is missing. Give the folder with --data DIR.");
        List<string>? columns = null;
        foreach (var line in File.ReadLines(file))
        {
            var fields = line.Split(',');
            if (columns is null)
            {
                columns = [.. fields];
                continue;
            }
            var names = columns;
            yield return column => names.IndexOf(column) is >= 0 and var at && at < fields.Length ? fields[at] : "";
        }
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new BenchmarkException($"'{text}' is not a whole number.");
}
