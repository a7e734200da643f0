namespace Marketplace.Clusters.Kubernetes.Models;

/// <summary>A batch/v1 Job, the fields we use.</summary>
public sealed record KubeJob : KubeObject
{
    public KubeJobSpec Spec
    {
        get;
        init => field = value ?? new();
    } = new();

    public KubeJobStatus Status
    {
        get;
        init => field = value ?? new();
    } = new();
}

public sealed record KubeJobSpec
{
    public int? Parallelism { get; init; }

    public int? Completions { get; init; }

    public int? BackoffLimit { get; init; }

    public long? ActiveDeadlineSeconds { get; init; }
}

public sealed record KubeJobStatus
{
    public int Active { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? CompletionTime { get; init; }

    public IReadOnlyList<KubeCondition> Conditions
    {
        get;
        init => field = value ?? [];
    } = [];
}

/// <summary>An apps/v1 Deployment, the fields we use.</summary>
public sealed record KubeDeployment : KubeObject
{
    public KubeDeploymentSpec Spec
    {
        get;
        init => field = value ?? new();
    } = new();

    public KubeDeploymentStatus Status
    {
        get;
        init => field = value ?? new();
    } = new();
}

public sealed record KubeDeploymentSpec
{
    public int? Replicas { get; init; }
}

public sealed record KubeDeploymentStatus
{
    public long ObservedGeneration { get; init; }

    public int Replicas { get; init; }

    public int ReadyReplicas { get; init; }

    public int UpdatedReplicas { get; init; }

    public IReadOnlyList<KubeCondition> Conditions
    {
        get;
        init => field = value ?? [];
    } = [];
}

/// <summary>A core/v1 Event.</summary>
public sealed record KubeEvent : KubeObject
{
    public KubeReference InvolvedObject
    {
        get;
        init => field = value ?? new();
    } = new();

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? Type { get; init; }

    public int? Count { get; init; }

    public DateTimeOffset? FirstTimestamp { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    public DateTimeOffset? EventTime { get; init; }

    public KubeEventSource Source
    {
        get;
        init => field = value ?? new();
    } = new();
}

public sealed record KubeEventSource
{
    public string? Component { get; init; }
}

/// <summary>A reference to another object.</summary>
public sealed record KubeReference
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }
}
