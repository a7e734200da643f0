using Marketplace.Clusters.Inventory;

namespace Marketplace.Clusters.Reconciling;

/// <summary>Where a bundle stands.</summary>
public enum BundlePhase
{
    /// <summary>Not yet applied.</summary>
    Pending,

    /// <summary>Applied; pods are being placed or started.</summary>
    Provisioning,

    /// <summary>Everything asked for is running and ready.</summary>
    Ready,

    /// <summary>A job has finished its work.</summary>
    Completed,

    /// <summary>A job gave up, or the cluster refuses the objects.</summary>
    Failed,

    /// <summary>Stopped and removed.</summary>
    Terminated,

    /// <summary>Scaled to zero: none of its pods lives, and everything else of it is kept.</summary>
    Suspended,

    /// <summary>The cluster has been silent too long to say.</summary>
    Unreachable,
}

/// <summary>A remark about a bundle: a stable code with its values for translation, and the sentence in English.</summary>
/// <param name="Code">Stable code, see <see cref="BundleCodes"/>.</param>
/// <param name="Text">The sentence, in English.</param>
/// <param name="Args">The values inside the sentence, by name.</param>
public sealed record BundleMessage(string Code, string Text, IReadOnlyDictionary<string, string> Args)
{
    internal static BundleMessage Of(string code, string text, params (string Name, string Value)[] args) =>
        new(code, text, args.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal));

    /// <inheritdoc />
    public bool Equals(BundleMessage? other) => other is not null && Code == other.Code && Text == other.Text;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Code, Text);
}

/// <summary>The codes of <see cref="BundleMessage"/>.</summary>
public static class BundleCodes
{
    /// <summary>No node can take a pod now. Args: pod, why.</summary>
    public const string WaitingForCapacity = "waiting_for_capacity";

    /// <summary>A gang is not complete yet. Args: have, want.</summary>
    public const string WaitingForGang = "waiting_for_gang";

    /// <summary>An image cannot be pulled. Args: pod, image, why.</summary>
    public const string ImageUnavailable = "image_unavailable";

    /// <summary>A container keeps ending. Args: pod, restarts, exitCode.</summary>
    public const string CrashLoop = "crash_loop";

    /// <summary>A pod ended badly. Args: pod, why, exitCode.</summary>
    public const string PodFailed = "pod_failed";

    /// <summary>A job failed. Args: why.</summary>
    public const string JobFailed = "job_failed";

    /// <summary>The cluster refused an object. Args: object, why.</summary>
    public const string ApplyRefused = "apply_refused";

    /// <summary>The cluster cannot be reached. Args: why.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The agreed end has passed. Args: notAfter.</summary>
    public const string TimeIsUp = "time_is_up";

    /// <summary>Pods cannot be made. Args: why.</summary>
    public const string PodsRefused = "pods_refused";

    /// <summary>Pods of a dedicated namespace use what was not bought with it. Args: count, pods.</summary>
    public const string OutsideOfSale = "outside_of_sale";
}

/// <summary>One pod of a bundle.</summary>
public sealed record PodStatus
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    /// <summary>Pending, Running, Succeeded, Failed or Unknown, as Kubernetes says.</summary>
    public required string Phase { get; init; }

    public required bool IsReady { get; init; }

    /// <summary>The node; null until bound.</summary>
    public string? Node { get; init; }

    public IReadOnlyList<DeviceAssignment> Devices { get; init; } = [];

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When the node took it.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it became ready first, as far as the cluster remembers.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public int Restarts { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Why it waits or ended, in the cluster's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>What a cluster says about one bundle at one moment.</summary>
public sealed record BundleStatus
{
    public required string ContractId { get; init; }

    /// <summary>The generation this status is about: what was applied last. 0 before the first apply.</summary>
    public required long ObservedGeneration { get; init; }

    public required BundlePhase Phase { get; init; }

    public required int ReadyReplicas { get; init; }

    public required int DesiredReplicas { get; init; }

    public IReadOnlyList<BundleMessage> Messages { get; init; } = [];

    /// <summary>The bundle's pods, by name.</summary>
    public IReadOnlyList<PodStatus> Pods { get; init; } = [];

    /// <summary>How many of its pods hold something: those that have not finished.</summary>
    public int LivingPods => Pods.Count(p => p.Phase is not ("Succeeded" or "Failed"));

    /// <summary>When the first pod started; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the work ended; null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Restarts of all pods.</summary>
    public int Restarts { get; init; }

    /// <summary>When this was observed.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    /// <summary>Whether two statuses say the same, whenever they were taken.</summary>
    public bool SaysTheSameAs(BundleStatus? other) =>
        other is not null
        && ContractId == other.ContractId
        && ObservedGeneration == other.ObservedGeneration
        && Phase == other.Phase
        && ReadyReplicas == other.ReadyReplicas
        && DesiredReplicas == other.DesiredReplicas
        && StartedAt == other.StartedAt
        && FinishedAt == other.FinishedAt
        && Restarts == other.Restarts
        && Messages.SequenceEqual(other.Messages)
        && Pods.Count == other.Pods.Count
        && Pods.Zip(other.Pods)
            .All(p => p.First with { Devices = p.Second.Devices } == p.Second && p.First.Devices.SequenceEqual(p.Second.Devices));
}

/// <summary>
/// What a pod holds or held, for metering: allocation, not use. Readings repeat; the pod's UID with <see cref="ReadyAt"/> makes them
/// idempotent.
/// </summary>
/// <param name="ContractId">The contract that pays.</param>
/// <param name="PodUid">The pod.</param>
/// <param name="PodName">Its name.</param>
/// <param name="Node">Where it runs.</param>
/// <param name="Devices">The accelerators it holds.</param>
/// <param name="CpuMilli">Requested processor capacity in 1/1000 core.</param>
/// <param name="MemoryMib">Requested memory in MiB.</param>
/// <param name="ReadyAt">From when it counts.</param>
/// <param name="FinishedAt">Until when it counts; null while it runs.</param>
public sealed record AllocationReading(
    string ContractId,
    string PodUid,
    string PodName,
    string Node,
    IReadOnlyList<DeviceAssignment> Devices,
    long CpuMilli,
    long MemoryMib,
    DateTimeOffset ReadyAt,
    DateTimeOffset? FinishedAt
)
{
    /// <summary>Since when the pod is being removed, if it is: it still holds its devices, but nobody gets anything from it any more.</summary>
    public DateTimeOffset? StoppingSince { get; init; }
}
