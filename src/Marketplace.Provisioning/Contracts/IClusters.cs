using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Provisioning.Contracts;

public enum ClusterState
{
    Connecting,
    Connected,

    /// <summary>Silent for 45 s: no new placements.</summary>
    Suspect,

    /// <summary>Silent for 5 min: the contract's policy decides.</summary>
    Lost,
    Disconnected,
}

/// <param name="Kubeconfig">YAML; encrypted at rest, never shown again.</param>
public sealed record ConnectCluster(string SiteId, string Name, string Kubeconfig, string? Context = null);

/// <param name="UnknownAccelerators">Nodes whose accelerator has no catalogue entry: shown, never sold.</param>
public sealed record ClusterView(
    string Id,
    string CenterId,
    string SiteId,
    string Name,
    ClusterState State,
    string? Version,
    string Server,
    string? LastError,
    DateTimeOffset? LastContactAt,
    DateTimeOffset CreatedAt,
    int Nodes,
    int ReadyNodes,
    IReadOnlyList<DeviceCount> Devices,
    int UnknownAccelerators,
    long InventoryVersion
);

public sealed record DeviceCount(string Vendor, string Model, string Stack, int MemoryMib, int Total, int Healthy, int Free);

/// <summary>One node of the fleet view, with its devices.</summary>
public sealed record FleetNode(
    string Id,
    string Name,
    CpuArchitecture Architecture,
    string? Rack,
    bool Ready,
    string? Problem,
    int CpuMilli,
    long MemoryMib,
    int CpuFreeMilli,
    IReadOnlyList<FleetDevice> Devices,
    string? UnknownAccelerator,
    DateTimeOffset? NotReadySince = null
);

/// <param name="ContractId">The contract that uses it, when one of ours does.</param>
public sealed record FleetDevice(
    string Id,
    string Vendor,
    string Model,
    int MemoryMib,
    bool Healthy,
    int UsedComputeMilli,
    int UsedMemoryMib,
    string? ContractId,
    bool ForeignUse
);

/// <summary>A cluster's live inventory in the scheduler's terms: capacity net of workloads that are not ours.</summary>
public sealed record ClusterInventoryView(
    string ClusterId,
    string SiteId,
    ClusterState State,
    long Version,
    IReadOnlyList<Node> Nodes,
    IReadOnlyList<FleetNode> Fleet,
    DateTimeOffset At
);

/// <summary>The center's clusters.</summary>
public interface IClusters
{
    /// <summary>
    /// Parses the kubeconfig, reaches the API server, checks the rights and reads a first inventory before it answers; each failure names
    /// <c>/kubeconfig</c> and the fix. Stores the kubeconfig encrypted.
    /// </summary>
    Task<Outcome<ClusterView>> ConnectAsync(ConnectCluster request, CancellationToken ct);

    /// <summary>Refused while contracts run there.</summary>
    Task<Outcome<ClusterView>> DisconnectAsync(string clusterId, CancellationToken ct);

    /// <summary>The acting center's clusters (all for the network desk and the system).</summary>
    Task<IReadOnlyList<ClusterView>> ListAsync(CancellationToken ct);
    Task<ClusterView?> FindAsync(string clusterId, CancellationToken ct);

    /// <summary>The owner's inventory view.</summary>
    Task<ClusterInventoryView?> InventoryAsync(string clusterId, CancellationToken ct);
}

/// <summary>The same inventory for placement, without an owner check; cached per process by version.</summary>
public interface IInventories
{
    ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct);
}

[Message("provisioning.cluster-state-changed.v1")]
public sealed record ClusterStateChanged(string ClusterId, ClusterState From, ClusterState To);

[Message("provisioning.inventory-changed.v1")]
public sealed record InventoryChanged(string ClusterId, long Version);
