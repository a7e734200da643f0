using Marketplace.Scheduling.Packing.Policies;
using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing;

/// <summary>The policies by name: ours, and those it is compared with.</summary>
public static class PackingPolicies
{
    /// <summary>Ours.</summary>
    public const string Default = "default";

    /// <summary>Every policy; ours comes first, then the strongest of the others.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [Default, "fgd", "bestfit", "gpupacking", "gpuclustering", "dotprod", "random", "spread"];

    /// <summary>
    /// The policies that can place what a snapshot decides: those that need to know nothing but the nodes and the demand. Random needs lots, and
    /// clustering needs to know what runs on each node.
    /// </summary>
    public static IReadOnlyList<string> OfSnapshots { get; } = [Default, "fgd", "bestfit", "gpupacking", "dotprod", "spread"];

    /// <summary>Refuses a name that is no policy of snapshots.</summary>
    /// <exception cref="ArgumentException">There is no such policy; the message lists the known ones.</exception>
    public static void CheckOfSnapshots(string name)
    {
        if (!OfSnapshots.Contains(name, StringComparer.Ordinal))
        {
            throw new ArgumentException($"There is no policy '{name}'. Known: {string.Join(", ", OfSnapshots)}.", nameof(name));
        }
    }

    /// <summary>Makes our policy for a fleet.</summary>
    public static NodePolicy CreateDefault(PackingFleet fleet) => new DefaultPolicy(fleet);

    /// <summary>Makes a policy for a fleet.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="fleet">Still empty.</param>
    /// <param name="workload">The true mix of pods. FGD is told it, as in its paper; nobody else looks.</param>
    /// <param name="seed">For the random policy.</param>
    /// <exception cref="ArgumentException">There is no such policy.</exception>
    public static NodePolicy Create(string name, PackingFleet fleet, IReadOnlyList<PodShape> workload, int seed) =>
        name switch
        {
            Default => new DefaultPolicy(fleet),
            "gpuclustering" => new GpuClusteringPolicy(fleet),
            "random" => new RandomPolicy(fleet, seed),
            _ when ScoreOf(name, () => new Fgd(TypicalPods.Of(workload), fleet)) is { } score => new ScorePolicy(fleet, score),
            _ => throw new ArgumentException($"There is no policy '{name}'. Known: {string.Join(", ", Names)}.", nameof(name)),
        };

    /// <summary>The policies that score a node by itself; null for a name that is none of them.</summary>
    /// <param name="fgd">Makes FGD, which alone has to be told the workload.</param>
    internal static NodeScore? ScoreOf(string name, Func<NodeScore> fgd) =>
        name switch
        {
            "fgd" => fgd(),
            "bestfit" => new BestFit(),
            "dotprod" => new DotProd(),
            "gpupacking" => new GpuPacking(),
            "spread" => new Spread(),
            _ => null,
        };
}
