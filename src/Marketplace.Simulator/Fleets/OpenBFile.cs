using System.Globalization;

namespace Marketplace.Simulator.Fleets;

/// <summary>Reads the node list of the openb trace.</summary>
internal static class OpenBFile
{
    private const string Header = "sn,cpu_milli,memory_mib,gpu,model";

    // Memory per card in MiB, as NVIDIA's driver reports it. G2 and G3 are anonymous in the trace and carry no memory label.
    private static readonly Dictionary<string, int> CardMemoryMib = new(StringComparer.Ordinal)
    {
        ["P100"] = 16384,
        ["T4"] = 15360,
        ["V100M16"] = 16384,
        ["V100M32"] = 32768,
        ["A10"] = 23028,
    };

    public static Fleet Read(string path, int nodesPerRack)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodesPerRack);
        var nodes = new List<SimulatedNode>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (line == 1)
            {
                if (text.Trim() != Header)
                {
                    throw new InvalidDataException($"{path}, line 1: expected the columns {Header}");
                }
                continue;
            }
            if (text.Length > 0)
            {
                nodes.Add(ReadNode(path, line, text, nodes.Count / nodesPerRack));
            }
        }
        return new Fleet(nodes);
    }

    private static SimulatedNode ReadNode(string path, int line, string text, int rack)
    {
        var fields = text.Split(',');
        if (
            fields.Length != 5
            || !long.TryParse(fields[1], CultureInfo.InvariantCulture, out var cpuMilli)
            || !long.TryParse(fields[2], CultureInfo.InvariantCulture, out var memoryMib)
            || !long.TryParse(fields[3], CultureInfo.InvariantCulture, out var cards)
        )
        {
            throw new InvalidDataException($"{path}, line {line}: expected the columns {Header}, found '{text}'");
        }
        var model = fields[4];
        return new SimulatedNode
        {
            Name = fields[0],
            CpuMilli = cpuMilli,
            MemoryMib = memoryMib,
            Rack = string.Create(CultureInfo.InvariantCulture, $"rack-{rack:000}"),
            Devices =
                cards > 0
                    ? new Dictionary<string, long>(StringComparer.Ordinal) { ["nvidia.com/gpu"] = cards }
                    : new Dictionary<string, long>(StringComparer.Ordinal),
            Labels = cards > 0 ? NvidiaLabels.Of(model, cards, CardMemoryMib.GetValueOrDefault(model)) : [],
        };
    }
}

/// <summary>The labels NVIDIA's GPU feature discovery writes.</summary>
internal static class NvidiaLabels
{
    public static Dictionary<string, string> Of(string product, long count, int memoryMib)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["nvidia.com/gpu.present"] = "true",
            ["nvidia.com/gpu.product"] = product,
            ["nvidia.com/gpu.count"] = count.ToString(CultureInfo.InvariantCulture),
        };
        if (memoryMib > 0)
        {
            labels["nvidia.com/gpu.memory"] = memoryMib.ToString(CultureInfo.InvariantCulture);
        }
        return labels;
    }
}
