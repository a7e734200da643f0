namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// How often each kind of arrival came. Old arrivals fade, so the mix follows the demand, and the number of kinds stays bounded.
/// </summary>
internal sealed class ArrivalMix<T>
    where T : struct
{
    /// <summary>Beyond this many kinds the rare ones are forgotten.</summary>
    public const int MaxKinds = 2048;

    /// <summary>Beyond this many arrivals all counts are halved.</summary>
    public const int MaxArrivals = 1 << 16;

    private readonly Dictionary<T, int> kinds = [];
    private readonly List<(T Shape, int Count)> counts = [];

    /// <summary>Arrivals counted now.</summary>
    public int Total { get; private set; }

    /// <summary>The kinds and how often each arrived, in the order they were first seen.</summary>
    public IReadOnlyList<(T Shape, int Count)> Counts => counts;

    /// <summary>Raised by one when kinds were forgotten: numbers given before mean other kinds now.</summary>
    public int Generation { get; private set; }

    /// <summary>Counts an arrival and returns the number of its kind.</summary>
    public int Add(in T shape)
    {
        if (Total >= MaxArrivals || counts.Count >= MaxKinds)
        {
            Fade();
        }

        if (!kinds.TryGetValue(shape, out var kind))
        {
            kind = counts.Count;
            kinds.Add(shape, kind);
            counts.Add((shape, 0));
        }

        counts[kind] = (shape, counts[kind].Count + 1);
        Total++;
        return kind;
    }

    private void Fade()
    {
        // With very many kinds a single halving may forget none; a kind seen once is always the first to go.
        do
        {
            var kept = counts.Where(each => each.Count > 1).Select(each => (each.Shape, each.Count / 2)).ToList();
            counts.Clear();
            counts.AddRange(kept);
        } while (counts.Count > MaxKinds / 2);
        kinds.Clear();
        for (var kind = 0; kind < counts.Count; kind++)
        {
            kinds.Add(counts[kind].Shape, kind);
        }

        Total = counts.Sum(each => each.Count);
        Generation++;
    }
}

/// <summary>A kind of pod and how many of it there were.</summary>
internal readonly record struct PodCount(PodShape Shape, int Count)
{
    /// <summary>What makes pods one kind: models do not matter where there is no device.</summary>
    public static PodShape KindOf(in PodShape pod) => pod.Cards == 0 ? pod with { Models = PodShape.AnyModel } : pod;
}

/// <summary>
/// The most popular kinds of pods that together make up a share of all: the "typical pods" of Weng et al., USENIX ATC 2023, section 4.2.
/// </summary>
internal sealed class TypicalPods
{
    /// <summary>The share that the artifact of the paper uses.</summary>
    public const int Percent = 95;

    public TypicalPods(IEnumerable<PodCount> all)
    {
        var sorted = all.OrderByDescending(each => each.Count)
            .ThenByDescending(each => each.Shape.CpuMilli)
            .ThenByDescending(each => each.Shape.CardMilli)
            .ThenByDescending(each => each.Shape.Cards)
            .ThenByDescending(each => each.Shape.Models)
            .ThenByDescending(each => each.Shape.MemoryMib)
            .ToList();
        var enough = (sorted.Sum(each => (long)each.Count) * Percent) / 100.0;
        var kept = 0;
        while (Total < enough)
        {
            Total += sorted[kept++].Count;
        }

        Pods = sorted[..kept];
    }

    public IReadOnlyList<PodCount> Pods { get; }

    /// <summary>How many pods these are.</summary>
    public long Total { get; }

    /// <summary>The typical pods of a list, memory ignored.</summary>
    public static TypicalPods Of(IEnumerable<PodShape> pods) =>
        Of(pods.CountBy(pod => pod).Select(each => new PodCount(each.Key, each.Value)));

    /// <summary>The typical pods of a mix, memory ignored.</summary>
    public static TypicalPods Of(IEnumerable<PodCount> pods) =>
        new(
            pods.GroupBy(pod => PodCount.KindOf(pod.Shape with { MemoryMib = 0 }))
                .Select(group => new PodCount(group.Key, (int)Math.Min(int.MaxValue, group.Sum(pod => (long)pod.Count))))
        );
}
