using System.Text.Json.Serialization;

namespace Marketplace.Clusters.Kubernetes.Models;

/// <summary>A core/v1 Pod, the fields we use.</summary>
public sealed record KubePod : KubeObject
{
    public KubePodSpec Spec
    {
        get;
        init => field = value ?? new();
    } = new();

    public KubePodStatus Status
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary>Succeeded or Failed: it holds no resources any more.</summary>
    [JsonIgnore]
    public bool IsFinished => Status.Phase is "Succeeded" or "Failed";
}

public sealed record KubePodSpec
{
    public string? NodeName { get; init; }

    public string? SchedulerName { get; init; }

    public string? RestartPolicy { get; init; }

    public IReadOnlyDictionary<string, string> NodeSelector
    {
        get;
        init => field = value ?? KubeMeta.Empty;
    } = KubeMeta.Empty;

    public IReadOnlyList<KubeContainer> Containers
    {
        get;
        init => field = value ?? [];
    } = [];

    public IReadOnlyList<KubeContainer> InitContainers
    {
        get;
        init => field = value ?? [];
    } = [];

    public IReadOnlyDictionary<string, Quantity> Overhead
    {
        get;
        init => field = value ?? KubeNodeStatus.NoQuantities;
    } = KubeNodeStatus.NoQuantities;
}

public sealed record KubeContainer
{
    public string Name { get; init; } = "";

    public string? Image { get; init; }

    public KubeResources Resources
    {
        get;
        init => field = value ?? new();
    } = new();
}

/// <summary>A container's requests and limits.</summary>
public sealed record KubeResources
{
    public IReadOnlyDictionary<string, Quantity> Requests
    {
        get;
        init => field = value ?? KubeNodeStatus.NoQuantities;
    } = KubeNodeStatus.NoQuantities;

    public IReadOnlyDictionary<string, Quantity> Limits
    {
        get;
        init => field = value ?? KubeNodeStatus.NoQuantities;
    } = KubeNodeStatus.NoQuantities;
}

public sealed record KubePodStatus
{
    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? PodIP { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public IReadOnlyList<KubeCondition> Conditions
    {
        get;
        init => field = value ?? [];
    } = [];

    public IReadOnlyList<KubeContainerStatus> ContainerStatuses
    {
        get;
        init => field = value ?? [];
    } = [];
}

public sealed record KubeContainerStatus
{
    public string Name { get; init; } = "";

    public bool Ready { get; init; }

    public int RestartCount { get; init; }

    public KubeContainerState State
    {
        get;
        init => field = value ?? new();
    } = new();
}

public sealed record KubeContainerState
{
    public KubeWaiting? Waiting { get; init; }

    public KubeRunning? Running { get; init; }

    public KubeTerminated? Terminated { get; init; }
}

public sealed record KubeWaiting
{
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record KubeRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record KubeTerminated
{
    public int ExitCode { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}
