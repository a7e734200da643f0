using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Domain;

namespace Marketplace.Provisioning.Data;

/// <summary>A connected cluster of a center.</summary>
internal sealed class ClusterRow : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The center.</summary>
    public required string PartyId { get; init; }
    public required string SiteId { get; init; }
    public required string Name { get; init; }

    /// <summary>Kubeconfig, encrypted by data protection under the purpose <c>kubeconfig</c>.</summary>
    public required string EncryptedKubeconfig { get; set; }
    public required string Server { get; set; }

    /// <summary>What the cluster is known by, whatever its address and its name here; null for one connected before this was asked.</summary>
    public string? ClusterUid { get; set; }
    public string? Version { get; set; }
    public ClusterState State { get; private set; } = ClusterState.Connecting;
    public string? LastError { get; set; }
    public DateTimeOffset? LastContactAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The worker that holds the connection, and until when without renewing.</summary>
    public string? LeaseOwner { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }
    public long InventoryVersion { get; set; }

    public void MoveTo(ClusterState state) => State = StateMachines.Cluster.Move(State, state);
}

/// <summary>The last inventory of a cluster, whole: it is read as a whole, and replaced as a whole.</summary>
internal sealed class InventoryRow : IPartyOwned
{
    public required string ClusterId { get; init; }
    public required string PartyId { get; init; }
    public required long Version { get; set; }
    public required DateTimeOffset At { get; set; }

    /// <summary>JSON of an <see cref="Features.Inventory.StoredInventory"/>.</summary>
    public required string Content { get; set; }
}

/// <summary>The desired state of one contract on its cluster, and what the cluster last said about it.</summary>
internal sealed class Workload : ITradeShared
{
    public required string Id { get; init; }
    public required string ContractId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string ClusterId { get; init; }
    public required ProductKind Product { get; init; }

    /// <summary>JSON of the <see cref="DeployWorkload"/>; manifests are built from it on the way to the cluster.</summary>
    public required string Desired { get; set; }
    public required string DesiredHash { get; set; }
    public long Generation { get; set; } = 1;
    public long ObservedGeneration { get; set; }
    public required DateTimeOffset NotAfter { get; set; }
    public bool StopRequested { get; set; }
    public string? StopReason { get; set; }

    /// <summary>It is to rest: nothing of it runs, everything of it is kept.</summary>
    public bool SuspendRequested { get; set; }

    /// <summary>The customer pays for nothing after it, however long the cluster takes to stop; null while it may run.</summary>
    public DateTimeOffset? ChargeUntil { get; set; }

    /// <summary>How often it has come to rest. A dedicated namespace is one allocation from one rest to the next.</summary>
    public int Suspensions { get; set; }

    /// <summary>When it was ready again after its last rest; null before, and while it rests.</summary>
    public DateTimeOffset? ResumedAt { get; set; }
    public WorkloadPhase Phase { get; private set; } = WorkloadPhase.Pending;
    public int DesiredReplicas { get; set; }
    public int ReadyReplicas { get; set; }
    public int FinishedReplicas { get; set; }

    /// <summary>Pods of it that had not finished when the cluster last spoke of it.</summary>
    public int LivingPods { get; set; }

    /// <summary>When the cluster last spoke of it.</summary>
    public DateTimeOffset? ReportedAt { get; set; }

    /// <summary>JSON of the pods as last reported.</summary>
    public string Pods { get; set; } = "[]";
    public bool Completed { get; set; }
    public DateTimeOffset? ReadyAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? FailureCode { get; set; }
    public string? FailureText { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    public void MoveTo(WorkloadPhase phase) => Phase = StateMachines.Workload.Move(Phase, phase);

    public bool IsGone => Phase == WorkloadPhase.Terminated;

    /// <summary>It rested and is not ready again.</summary>
    public bool IsResting => Suspensions > 0 && ResumedAt is null;

    /// <summary>Where its present turn began: the first Ready, or the one after its last rest.</summary>
    public DateTimeOffset? TurnReadyAt => Suspensions > 0 ? ResumedAt : ReadyAt;
}

/// <summary>One thing that happened to a workload, as the cluster told it.</summary>
internal sealed class WorkloadEventRow : ITradeShared
{
    public required string ContractId { get; init; }

    /// <summary>Deduplicates: the same event reported twice is one row.</summary>
    public required string EventKey { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Code { get; init; }
    public required string[] Arguments { get; init; }
    public required string Text { get; init; }
    public required string Severity { get; init; }
    public string? Raw { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
}

/// <summary>How far an allocation (a pod from Ready to its end) has been measured; the last reading is final.</summary>
internal sealed class AllocationRow : ITradeShared
{
    public required string PodUid { get; init; }
    public required string ContractId { get; init; }
    public required string ClusterId { get; init; }
    public required string PodName { get; init; }
    public required string Node { get; init; }
    public string? DeviceModel { get; init; }

    /// <summary>Cards × bought share; what one second costs card-seconds.</summary>
    public required decimal Cards { get; init; }
    public required DateTimeOffset ReadyAt { get; init; }
    public DateTimeOffset? FinishedAt { get; set; }
    public decimal MeasuredCardSeconds { get; set; }
    public required DateTimeOffset MeasuredTo { get; set; }
    public bool Final { get; set; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
}
