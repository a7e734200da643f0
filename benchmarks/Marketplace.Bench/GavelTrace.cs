using System.Globalization;
using System.Text.Json;
using Marketplace.Scheduling.TimeShares;

namespace Marketplace.Bench;

/// <summary>A job of a simulation.</summary>
/// <param name="Kind">What it runs like.</param>
/// <param name="Steps">How much it does.</param>
/// <param name="ArrivedSeconds">When it comes.</param>
internal sealed record GavelJob(JobKind Kind, double Steps, double ArrivedSeconds);

/// <summary>The measured throughputs of Gavel's 26 kinds of training job, the jobs its evaluation draws from them, and what it printed.</summary>
internal sealed class GavelTrace
{
    /// <summary>36 cards of each, in the order in which Gavel fills them.</summary>
    public static readonly IReadOnlyList<ChipPool> Cluster = [new("v100", 36), new("p100", 36), new("k80", 36)];

    /// <summary>The order of Gavel's table of jobs: a drawn number is a place in it.</summary>
    private static readonly IReadOnlyList<(string Name, bool Distributed)> Table =
    [
        .. new[] { 16, 32, 64, 128, 256 }.Select(size => ($"ResNet-18 (batch size {size})", true)),
        .. new[] { 16, 32, 64, 128 }.Select(size => ($"ResNet-50 (batch size {size})", true)),
        .. new[] { 16, 32, 64, 128, 256 }.Select(size => ($"Transformer (batch size {size})", true)),
        .. new[] { 5, 10, 20, 40, 80 }.Select(size => ($"LM (batch size {size})", true)),
        .. new[] { 512, 1024, 2048, 4096, 8192 }.Select(size => ($"Recommendation (batch size {size})", false)),
        ("A3C", false),
        ("CycleGAN", false),
    ];

    private readonly Dictionary<(string, int), JobKind> kinds = [];
    private readonly Dictionary<JobKind, int> places = new(ReferenceEqualityComparer.Instance);
    private readonly (double, double)[,,] together;

    public GavelTrace(string folder)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "simulation_throughputs.json")));
        foreach (var entry in file.RootElement.GetProperty(Cluster[0].Name).EnumerateObject())
        {
            var (name, cards) = Parts(entry.Name);
            double[] speeds =
            [
                .. Cluster.Select(chip => file.RootElement.GetProperty(chip.Name).GetProperty(entry.Name).GetProperty("null").GetDouble()),
            ];
            kinds.Add((name, cards), new JobKind($"{name} × {cards}", cards, speeds));
            places.Add(kinds[(name, cards)], places.Count);
        }
        together = new (double, double)[Cluster.Count, kinds.Count, kinds.Count];
        for (int pool = 0; pool < Cluster.Count; pool++)
        {
            foreach (var entry in file.RootElement.GetProperty(Cluster[pool].Name).EnumerateObject())
            {
                foreach (var other in entry.Value.EnumerateObject().Where(other => other.Name != "null"))
                    together[pool, Place(entry.Name), Place(other.Name)] = (other.Value[0].GetDouble(), other.Value[1].GetDouble());
            }
        }
    }

    /// <summary>Steps per second of two jobs on the same cards, as measured.</summary>
    public (double First, double Second) Together(JobKind first, JobKind second, int pool) => together[pool, places[first], places[second]];

    private int Place(string entry) => places[kinds[Parts(entry)]];

    /// <summary>The name and the number of cards in <c>('ResNet-18 (batch size 16)', 1)</c>.</summary>
    private static (string Name, int Cards) Parts(string entry)
    {
        int quote = entry.LastIndexOf('\'');
        return (entry[2..quote], int.Parse(entry[(quote + 2)..^1], CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Jobs that come at random (a Poisson process), as Gavel's simulator draws them: seed + 2 for the jobs, seed + 3 for the gaps. A rate of 0
    /// means all at the beginning.
    /// </summary>
    public IEnumerable<GavelJob> Jobs(uint seed, double perHour, bool severalCards)
    {
        var draw = new PythonRandom(seed + 2);
        var gaps = new PythonRandom(seed + 3);
        double arrived = 0;
        while (true)
        {
            int cards = draw.Between(0, 1) switch
            {
                < 0.7 => 1,
                < 0.8 => 2,
                < 0.95 => 4,
                _ => 8,
            };
            // How long it would take on V100s: 0.5 to 17 hours for most, up to a week for one in five.
            double minutes = draw.Unit() >= 0.8 ? Math.Pow(10, draw.Between(3, 4)) : Math.Pow(10, draw.Between(1.5, 3));
            cards = severalCards ? cards : 1;
            (string Name, bool Distributed) type;
            do type = Table[draw.Below(Table.Count)];
            while (cards > 1 && !type.Distributed);
            var kind = kinds[(type.Name, cards)];
            yield return new GavelJob(kind, 60 * minutes * kind.Speeds[0], arrived);
            arrived += perHour == 0 ? 0 : -Math.Log(1 - gaps.Unit()) * 3600 / perHour;
        }
    }

    /// <summary>What Gavel's notebooks printed, by trace, metric, policy and load.</summary>
    public static IReadOnlyDictionary<(string Trace, string Policy, double Load), double> Published(string folder)
    {
        var published = new Dictionary<(string, string, double), double>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "expected_results_from_notebooks.csv")).Skip(1))
        {
            string[] row = line.Split(',');
            if (row[1] is "avg_jct_hours" or "makespan_hours")
                published[(row[0], row[2], double.Parse(row[3], CultureInfo.InvariantCulture))] = double.Parse(
                    row[4],
                    CultureInfo.InvariantCulture
                );
        }
        return published;
    }
}
