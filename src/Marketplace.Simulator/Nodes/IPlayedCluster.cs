using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Nodes;

/// <summary>What became of a kubelet's write.</summary>
internal enum Written
{
    Done,

    /// <summary>The object is gone or another one has its name: nothing more to do.</summary>
    Gone,

    /// <summary>The server could not be reached or was busy: try again.</summary>
    Later,
}

/// <summary>The cluster a player plays in: the simulator's own store, or any API server.</summary>
internal interface IPlayedCluster : IAsyncDisposable
{
    /// <summary>Creates the node, or brings an existing one of that name to this state.</summary>
    Task<Written> RegisterNodeAsync(JsonObject node, CancellationToken ct);

    /// <summary>Strategic merge patch of a node's status.</summary>
    Task<Written> PatchNodeStatusAsync(string name, JsonObject patch, CancellationToken ct);

    Task<Written> RenewLeaseAsync(string node, DateTimeOffset now, CancellationToken ct);

    /// <summary>Calls back for every pod that has a node, now and on each change; null facts mean that the pod of that uid is gone.</summary>
    Task WatchPodsAsync(Action<string, PodFacts?> seen, CancellationToken ct);

    Task<Written> PatchPodStatusAsync(PodFacts pod, JsonObject patch, CancellationToken ct);

    /// <summary>Confirms that a deleted pod's containers have ended.</summary>
    Task<Written> RemovePodAsync(PodFacts pod, CancellationToken ct);

    Task TellAsync(JsonObject told, CancellationToken ct);
}
