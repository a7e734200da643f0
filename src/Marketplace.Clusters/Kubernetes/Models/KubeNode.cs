namespace Marketplace.Clusters.Kubernetes.Models;

/// <summary>A core/v1 Node, the fields we use.</summary>
public sealed record KubeNode : KubeObject
{
    public KubeNodeSpec Spec
    {
        get;
        init => field = value ?? new();
    } = new();

    public KubeNodeStatus Status
    {
        get;
        init => field = value ?? new();
    } = new();
}

public sealed record KubeNodeSpec
{
    public bool? Unschedulable { get; init; }

    public string? PodCIDR { get; init; }

    public IReadOnlyList<KubeTaint> Taints
    {
        get;
        init => field = value ?? [];
    } = [];
}

public sealed record KubeTaint
{
    public string Key { get; init; } = "";

    public string? Value { get; init; }

    public string Effect { get; init; } = "";
}

public sealed record KubeNodeStatus
{
    public IReadOnlyDictionary<string, Quantity> Capacity
    {
        get;
        init => field = value ?? NoQuantities;
    } = NoQuantities;

    public IReadOnlyDictionary<string, Quantity> Allocatable
    {
        get;
        init => field = value ?? NoQuantities;
    } = NoQuantities;

    public IReadOnlyList<KubeCondition> Conditions
    {
        get;
        init => field = value ?? [];
    } = [];

    internal static IReadOnlyDictionary<string, Quantity> NoQuantities { get; } = new Dictionary<string, Quantity>(StringComparer.Ordinal);
}
