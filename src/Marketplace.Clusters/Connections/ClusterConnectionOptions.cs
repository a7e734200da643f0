using Marketplace.Clusters.Binding;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Connections;

/// <summary>Bounds of a connection.</summary>
public sealed record ClusterConnectionOptions
{
    /// <summary>How often the cluster is asked for a sign of life, with a fifth of jitter.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which nothing new is placed.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Silence after which the contract's policy decides.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often every object of a contract is looked at, with a fifth of jitter.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after an apply pods may take to appear before the cluster is asked why they do not.</summary>
    public TimeSpan PodsExpectedIn { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Contracts reconciled at once.</summary>
    public int Reconcilers { get; init; } = 8;

    /// <summary>How long the readings of pods that are gone are repeated.</summary>
    public TimeSpan KeepEndedAllocations { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether this process binds pods. Only one process may, per cluster.</summary>
    public bool RunBinder { get; init; } = true;

    /// <summary>Bounds of the binder.</summary>
    public BinderOptions Binder { get; init; } = new();

    /// <summary>Bounds of the client.</summary>
    public KubernetesClientOptions Client { get; init; } = new();
}
