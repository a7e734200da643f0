using Marketplace.Scheduling.Packing;

namespace Marketplace.Clusters.Binding;

/// <summary>Bounds of the binder.</summary>
public sealed record BinderOptions
{
    /// <summary>Bindings on their way at once.</summary>
    public int ParallelBindings { get; init; } = 32;

    /// <summary>How nodes are chosen: one of <see cref="PackingPolicies.OfSnapshots"/>.</summary>
    public string NodePolicy { get; init; } = PackingPolicies.Default;

    /// <summary>Pods placed in one round; a larger round would let newcomers wait for its bindings.</summary>
    public int PodsPerRound { get; init; } = 500;

    /// <summary>How long a binding without an answer counts as made.</summary>
    public TimeSpan AssumeFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause after a binding the cluster refused.</summary>
    public TimeSpan PauseAfterRefusal { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause after a bug in a round.</summary>
    public TimeSpan PauseAfterBug { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pods of one group that are told why they wait.</summary>
    public int ExplainedPods { get; init; } = 4;

    /// <summary>Explanations remembered, so that they are written once.</summary>
    public int RememberedExplanations { get; init; } = 10_000;
}
