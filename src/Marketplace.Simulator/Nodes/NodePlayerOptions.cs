namespace Marketplace.Simulator.Nodes;

/// <summary>How fast and how talkative the played nodes are.</summary>
public sealed record NodePlayerOptions
{
    /// <summary>How long an image takes to pull.</summary>
    public TimeSpan PullDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a container takes to start once its image is there.</summary>
    public TimeSpan StartDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a container takes to end after it was asked to; the pod's own grace period bounds nothing here.</summary>
    public TimeSpan StopDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often each kubelet renews its lease. Null: no heartbeats (for servers that are told not to expect any).</summary>
    public TimeSpan? Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>First delay before a failed container is started again; doubles up to five minutes.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the kubelet's events and the ContainerCreating status are written. Off, each pod costs one write per stage.</summary>
    public bool Talkative { get; init; } = true;

    /// <summary>How many writes are under way at once.</summary>
    public int Parallelism { get; init; } = 1;
}
