using Marketplace.Scheduling.Packing.Policies;

namespace Marketplace.Scheduling.Packing;

/// <summary>The policies by name: ours, and those it is compared with.</summary>
public static class PackingPolicies
{
    /// <summary>Ours.</summary>
    public const string Default = "default";

    /// <summary>Every policy; ours comes first, then the strongest of the others.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [Default, "fgd", "bestfit", "gpupacking", "gpuclustering", "dotprod", "random", "spread"];

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
            "fgd" => new FgdPolicy(fleet, workload),
            "bestfit" => new BestFitPolicy(fleet),
            "dotprod" => new DotProdPolicy(fleet),
            "gpupacking" => new GpuPackingPolicy(fleet),
            "gpuclustering" => new GpuClusteringPolicy(fleet),
            "random" => new RandomPolicy(fleet, seed),
            "spread" => new SpreadPolicy(fleet),
            _ => throw new ArgumentException($"There is no policy '{name}'. Known: {string.Join(", ", Names)}.", nameof(name)),
        };
}
