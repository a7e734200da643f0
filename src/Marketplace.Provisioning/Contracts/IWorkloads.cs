using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Provisioning.Contracts;

public enum ProductKind
{
    /// <summary>Independent replicas run to completion.</summary>
    Job,

    /// <summary>All replicas start together or none does.</summary>
    GangJob,

    /// <summary>A Deployment behind a Service, until stopped.</summary>
    Endpoint,

    /// <summary>A namespace with a quota and a credential for the customer.</summary>
    Namespace,
}

public enum WorkloadPhase
{
    Pending,
    Provisioning,
    Ready,
    Updating,
    Stopped,
    Unreachable,
    Error,
    Terminating,
    Terminated,
}

/// <summary>One role as it will run, with the variant the scheduler chose.</summary>
public sealed record WorkloadRole
{
    public required string Name { get; init; }
    public required int Replicas { get; init; }
    public required string Image { get; init; }
    public IReadOnlyList<string> Command { get; init; } = [];
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Catalogue model; null for CPU only.</summary>
    public string? DeviceModel { get; init; }
    public int CardsPerReplica { get; init; }

    /// <summary>1000 is a whole card.</summary>
    public int ComputeMilli { get; init; } = 1000;
    public int MemoryMibPerCard { get; init; }

    /// <summary>Cards one replica is billed for while it is allocated: what was bought, shares included (for CPU, processor units).</summary>
    public decimal BilledCards { get; init; }
    public int CpuMilli { get; init; } = 1000;
    public int HostMemoryMib { get; init; } = 1024;
    public int? Port { get; init; }
    public IReadOnlyList<ReplicaAssignment> Placements { get; init; } = [];
}

/// <summary>Where the scheduler put a replica when capacity was held; the binder follows it when it still fits.</summary>
public sealed record ReplicaAssignment(int Replica, string NodeId, IReadOnlyList<string> DeviceIds);

public sealed record DeployWorkload
{
    public required string ContractId { get; init; }
    public required string CustomerId { get; init; }
    public required string CenterId { get; init; }
    public required string OperatorId { get; init; }
    public required string ClusterId { get; init; }
    public required string Name { get; init; }
    public required ProductKind Product { get; init; }
    public required IReadOnlyList<WorkloadRole> Roles { get; init; }

    /// <summary>The cluster stops the workload at this time even if nobody tells it to.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>For simulated clusters only: how long a job's pods run. Ignored by real ones.</summary>
    public TimeSpan? SimulatedRun { get; init; }
}

public sealed record WorkloadPod(
    string Name,
    string Role,
    string? Node,
    IReadOnlyList<string> Devices,
    string Phase,
    string? Message,
    int Restarts,
    DateTimeOffset? ReadyAt,
    DateTimeOffset? FinishedAt
);

/// <summary>One thing that happened, in plain words: a message code with arguments that the portal translates, and the English text.</summary>
public sealed record WorkloadEvent(
    DateTimeOffset At,
    string Code,
    IReadOnlyList<string> Arguments,
    string Text,
    string Severity,
    string? Raw
);

public sealed record WorkloadView(
    string Id,
    string ContractId,
    string ClusterId,
    ProductKind Product,
    WorkloadPhase Phase,
    long Generation,
    long ObservedGeneration,
    int DesiredReplicas,
    int ReadyReplicas,
    int FinishedReplicas,
    string? Endpoint,
    IReadOnlyList<WorkloadPod> Pods,
    IReadOnlyList<WorkloadEvent> Events,
    DateTimeOffset? ReadyAt,
    DateTimeOffset? EndedAt,
    string? FailureCode,
    string? FailureText
);

/// <summary>Desired state on clusters. Calls only write desired state; the worker that owns the cluster connection makes it so.</summary>
public interface IWorkloads
{
    /// <summary>Call inside the caller's transaction. Idempotent per contract: the same content changes nothing.</summary>
    Task DeployAsync(DeployWorkload request, CancellationToken ct);

    /// <summary>The same for many contracts, with one reading.</summary>
    Task DeployManyAsync(IReadOnlyList<DeployWorkload> requests, CancellationToken ct);

    /// <summary>Stops it on the cluster; <see cref="WorkloadChanged"/> says when it has ended there. Idempotent.</summary>
    Task StopAsync(string contractId, string reason, CancellationToken ct);

    /// <summary>The same for money: what the cluster runs after <paramref name="chargeUntil"/> is nobody's usage. Idempotent; the first time stays.</summary>
    /// <returns>The generation whose report proves the stop.</returns>
    Task<long> StopAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct);

    /// <summary>
    /// Lets it rest: jobs are suspended, deployments have no replicas, a dedicated namespace takes no pods; all else of it is kept.
    /// <see cref="WorkloadChanged"/> says <see cref="WorkloadPhase.Stopped"/> when the cluster has no pod of it left. Idempotent.
    /// </summary>
    /// <inheritdoc cref="StopAsync(string, string, DateTimeOffset, CancellationToken)"/>
    Task<long> SuspendAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct);

    /// <summary>Lets it go on, until a new end. Idempotent.</summary>
    Task ResumeAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct);

    /// <summary>What its cluster has said about its pods: the proof of a stop. null for a contract that was never sent to a cluster.</summary>
    Task<WorkloadEvidence?> EvidenceAsync(string contractId, CancellationToken ct);

    /// <summary>
    /// Gives its replicas other places. Pods that run stay where they are; the binder puts the next ones on the new places. Idempotent.
    /// </summary>
    /// <param name="placements">One per replica of the contract's one role.</param>
    Task MoveAsync(string contractId, IReadOnlyList<ReplicaAssignment> placements, CancellationToken ct);

    /// <summary>Moves the end.</summary>
    Task ExtendAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct);
    Task<WorkloadView?> FindAsync(string contractId, CancellationToken ct);
    Task<IReadOnlyDictionary<string, WorkloadView>> FindManyAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct);

    /// <summary>Live log lines from the cluster; the caller has checked who may read them.</summary>
    IAsyncEnumerable<LogLine> LogsAsync(string contractId, string? pod, int tail, bool follow, CancellationToken ct);

    /// <summary>A short-lived kubeconfig for a dedicated namespace; shown once.</summary>
    Task<Outcome<string>> NamespaceKubeconfigAsync(string contractId, CancellationToken ct);
}

public sealed record LogLine(DateTimeOffset? At, string Pod, string Text);

/// <summary>A workload's phase or readiness changed on its cluster.</summary>
/// <param name="Completed">Every replica finished well.</param>
[Message("provisioning.workload-changed.v1")]
public sealed record WorkloadChanged(
    string ContractId,
    WorkloadPhase Phase,
    int ReadyReplicas,
    int DesiredReplicas,
    bool Completed,
    DateTimeOffset? ReadyAt,
    DateTimeOffset? EndedAt,
    string? FailureCode,
    string? FailureText,
    DateTimeOffset At
);

/// <summary>What a cluster has said about a contract's pods, and nothing we wish.</summary>
/// <param name="Generation">Of the desired state now.</param>
/// <param name="ObservedGeneration">Of the desired state the report is about.</param>
/// <param name="LivingPods">Pods that had not finished.</param>
/// <param name="OpenMeters">Allocations that may still be measured.</param>
/// <param name="Completed">It ended by itself: every replica finished well.</param>
/// <param name="ReportedAt">When the cluster last spoke of it; null if never.</param>
public sealed record WorkloadEvidence(
    WorkloadPhase Phase,
    long Generation,
    long ObservedGeneration,
    int LivingPods,
    int OpenMeters,
    bool Completed,
    DateTimeOffset? ReportedAt
);

/// <summary>Pods of a workload that had ended or come to rest run again. Its cluster is removing them.</summary>
[Message("provisioning.workload-reappeared.v1")]
public sealed record WorkloadReappeared(string ContractId, IReadOnlyList<string> Pods, DateTimeOffset At);

/// <summary>
/// Cumulative allocation of one pod, from Ready to finish, at a point in time. Billing is by allocation: card-seconds weighted by the bought
/// share. The same segment reported twice has the same id.
/// </summary>
[Message("provisioning.usage-measured.v1")]
public sealed record UsageMeasured(string ContractId, string ClusterId, IReadOnlyList<AllocationUsage> Allocations);

/// <param name="CardSeconds">Cumulative since Ready; cards × share × seconds.</param>
public sealed record AllocationUsage(
    string EventId,
    string PodUid,
    string? DeviceModel,
    decimal Cards,
    decimal CardSeconds,
    DateTimeOffset From,
    DateTimeOffset To,
    bool Final
);
