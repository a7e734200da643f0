using System.Globalization;
using Marketplace.Simulator.Fleets;

namespace Marketplace.E2E.Inputs;

/// <summary>
/// The 1,213 machines with 6,212 accelerators of Alibaba's cluster-trace-gpu-v2023. Without the recorded file, as many machines of the same
/// shapes in a seeded order, read through the same door.
/// </summary>
internal sealed class TraceFleet
{
    public const int Machines = 1213;
    public const int AllCards = 6212;
    private const string File = "openb_node_list_gpu_node.csv";
    private const string Columns = "sn,cpu_milli,memory_mib,gpu,model";
    private const int Seed = 2023;

    /// <summary>The model whose cards are cut: the trace's fractions of a card are inference, which ran on these.</summary>
    private const string SharedModel = "T4";
    private const int SharedMemoryMib = 15_360;
    private const int Splits = 10;

    // How many machines of which shape the trace has: CPU in milli-cores, memory in MiB, cards, model.
    private static readonly (int Machines, int CpuMilli, int MemoryMib, int Cards, string Model)[] Shapes =
    [
        (549, 96_000, 393_216, 8, "G2"),
        (39, 128_000, 786_432, 8, "G3"),
        (387, 104_000, 524_288, 2, "T4"),
        (17, 96_000, 393_216, 4, "T4"),
        (107, 16_000, 122_880, 2, "P100"),
        (22, 64_000, 262_144, 2, "P100"),
        (2, 8_000, 61_440, 2, "P100"),
        (3, 8_000, 61_440, 1, "P100"),
        (19, 8_000, 32_768, 1, "V100M16"),
        (28, 32_000, 131_072, 4, "V100M16"),
        (7, 64_000, 262_144, 8, "V100M16"),
        (1, 82_000, 344_064, 8, "V100M16"),
        (9, 48_000, 376_832, 4, "V100M32"),
        (21, 96_000, 786_432, 8, "V100M32"),
        (2, 128_000, 1_048_576, 1, "A10"),
    ];

    private TraceFleet(Fleet fleet, IReadOnlyDictionary<string, string> modelOf, IReadOnlyDictionary<string, int> cardsOf) =>
        (Fleet, ModelOf, CardsOf) = (fleet, modelOf, cardsOf);

    /// <summary>What the node player plays.</summary>
    public Fleet Fleet { get; }

    /// <summary>The model of each machine's cards, from the file itself.</summary>
    public IReadOnlyDictionary<string, string> ModelOf { get; }

    /// <summary>Cards of each model, from the file itself.</summary>
    public IReadOnlyDictionary<string, int> CardsOf { get; }

    public static TraceFleet Read()
    {
        if (InputFolder.Find("openb", File) is { } recorded)
            return Read(recorded);
        var generated = Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllLines(generated, Generate());
            return Read(generated);
        }
        finally
        {
            System.IO.File.Delete(generated);
        }
    }

    private static TraceFleet Read(string path)
    {
        var rows = System.IO.File.ReadLines(path).Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',')).ToList();
        return new TraceFleet(
            new Fleet([.. Fleet.OpenB(path).Nodes.Select(Share)]),
            rows.ToDictionary(r => r[0], r => r[4], StringComparer.Ordinal),
            rows.GroupBy(r => r[4], StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Sum(r => int.Parse(r[3], CultureInfo.InvariantCulture)), StringComparer.Ordinal)
        );
    }

    /// <summary>Gives a machine the sharing software: its cards are registered one by one, and its resource counts shares.</summary>
    private static SimulatedNode Share(SimulatedNode node)
    {
        if (node.Labels.GetValueOrDefault("nvidia.com/gpu.product") != SharedModel)
            return node;
        var cards = (int)node.Devices["nvidia.com/gpu"];
        return node with
        {
            Sharing = new CardSharing("hami.io/node-nvidia-register", "nvidia.com/gpu", SharedModel, cards, SharedMemoryMib, Splits),
            Devices = new Dictionary<string, long>(node.Devices, StringComparer.Ordinal) { ["nvidia.com/gpu"] = (long)cards * Splits },
        };
    }

    private static IEnumerable<string> Generate()
    {
        var machines = Shapes.SelectMany(s => Enumerable.Repeat(s, s.Machines)).ToArray();
        new Random(Seed).Shuffle(machines);
        return machines
            .Select((m, i) => string.Create(CultureInfo.InvariantCulture, $"node-{i:0000},{m.CpuMilli},{m.MemoryMib},{m.Cards},{m.Model}"))
            .Prepend(Columns);
    }
}
