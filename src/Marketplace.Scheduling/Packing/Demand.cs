using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing;

/// <summary>A kind of replica that is asked for, whoever asks.</summary>
/// <param name="CpuMilli">Processor time in 1/1000 core.</param>
/// <param name="MemoryMib">Memory of the node in MiB.</param>
/// <param name="Cards">Devices; 0 for a replica without one.</param>
/// <param name="CardMilli">Part of each device in 1/1000, the larger of compute and memory; 1000 is a whole one.</param>
/// <param name="Models">The models it may run on, with a | between them; null for any.</param>
public readonly record struct DemandShape(int CpuMilli, int MemoryMib, int Cards, int CardMilli, string? Models = null)
{
    /// <summary>What the replicas of a placed role are.</summary>
    public static DemandShape Of(Role role, RolePlacement placement)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(placement);
        var variant = role.Variants[placement.VariantIndex];
        var cards = variant.CardsPerReplica;
        var milli = cards == 0 ? 0 : (int)Math.Clamp(placement.CardMilli / ((long)role.Replicas * cards), 1, PodShape.WholeCard);
        return new DemandShape(variant.CpuMilli, variant.MemoryMib, cards, milli, variant.DeviceModel);
    }
}

/// <summary>
/// The mix of replicas that is asked for: what a snapshot knows of the requests that are still to come. Where replicas go now follows from it
/// (ADR 0044). Immutable.
/// </summary>
public sealed class Demand
{
    /// <summary>Fewer arrivals say too little about the ones to come; <see cref="Typical"/> stands for them.</summary>
    public const int FewestArrivals = 64;

    /// <summary>What is assumed where nothing is known: mostly single cards and shares with some processors each, and a few larger groups.</summary>
    public static readonly Demand Typical = new([
        (new(1000, 0, 1, 250), 15),
        (new(2000, 0, 1, 500), 20),
        (new(4000, 0, 1, 1000), 35),
        (new(8000, 0, 2, 1000), 10),
        (new(16000, 0, 4, 1000), 10),
        (new(32000, 0, 8, 1000), 10),
    ]);

    private const int ShareRounds = 2000;

    private readonly Lock solving = new();
    private readonly Dictionary<string, SharePrices> solved = new(StringComparer.Ordinal);

    private Demand(IReadOnlyList<(DemandShape Shape, int Count)> kinds) => Kinds = kinds;

    /// <summary>The kinds and how often each is asked for, in the order they were first seen.</summary>
    public IReadOnlyList<(DemandShape Shape, int Count)> Kinds { get; }

    /// <summary>The mix of so many arrivals, or <see cref="Typical"/> when there are fewer than <see cref="FewestArrivals"/>.</summary>
    /// <param name="kinds">Kinds of replicas, each once, with how many arrived. Shapes that no device could serve are left out.</param>
    public static Demand Of(IEnumerable<(DemandShape Shape, int Count)> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var known = kinds.Where(kind => kind.Count > 0 && IsPossible(kind.Shape)).ToList();
        return known.Sum(kind => (long)kind.Count) < FewestArrivals ? Typical : new Demand(known);
    }

    /// <summary>
    /// The part of the mix that the models of a fleet could serve, as shapes of pods; that of <see cref="Typical"/> when it is too small. Shares
    /// of several devices count as that many pods of one share.
    /// </summary>
    internal IReadOnlyList<PodCount> For(PackingFleet fleet)
    {
        var pods = new List<PodCount>(Kinds.Count);
        foreach (var (shape, count) in Kinds)
        {
            var models =
                shape.Cards > 0
                    ? fleet.ModelsNamed((shape.Models ?? "").Split('|', StringSplitOptions.RemoveEmptyEntries))
                    : PodShape.AnyModel;
            if (models != 0)
            {
                var apart = shape.Cards > 1 && shape.CardMilli < PodShape.WholeCard ? shape.Cards : 1;
                var milli = shape.Cards == 0 ? 0 : shape.CardMilli;
                var pod = new PodShape(shape.CpuMilli / apart, shape.MemoryMib / apart, shape.Cards / apart, milli, models);
                pods.Add(new PodCount(pod, (int)Math.Min(int.MaxValue, (long)count * apart)));
            }
        }

        return this == Typical || pods.Sum(pod => (long)pod.Count) >= FewestArrivals ? pods : Typical.For(fleet);
    }

    /// <summary>Prices of shares for an endless stock of devices: solved once for each demand, and copied for each cluster.</summary>
    internal SharePrices SharesFor(double[] asked)
    {
        var key = string.Join(',', asked);
        lock (solving)
        {
            if (!solved.TryGetValue(key, out var prices))
            {
                prices = new SharePrices();
                prices.Solve(asked, ShareRounds);
                solved.Add(key, prices);
            }

            return prices.Copy();
        }
    }

    private static bool IsPossible(in DemandShape shape) =>
        shape is { CpuMilli: >= 0, MemoryMib: >= 0, Cards: >= 0 and <= PackingNode.MaxDevices }
        && (shape.Cards == 0 || shape.CardMilli is >= 1 and <= PodShape.WholeCard);
}
