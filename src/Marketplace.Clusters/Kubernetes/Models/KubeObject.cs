using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Clusters.Kubernetes.Models;

/// <summary>What every API object has. Go servers send <c>null</c> for empty collections, so collections here turn null into empty.</summary>
public abstract record KubeObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public KubeMeta Metadata
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary><c>namespace/name</c>, or the name alone for objects of the whole cluster.</summary>
    [JsonIgnore]
    public string Key => Metadata.Namespace is { Length: > 0 } ns ? $"{ns}/{Metadata.Name}" : Metadata.Name;
}

/// <summary>An object of any kind: metadata typed, the rest as it came.</summary>
public sealed record KubeGeneric : KubeObject
{
    [JsonExtensionData]
    public IDictionary<string, JsonElement> Rest { get; set; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
}

/// <summary>Object metadata (meta/v1 ObjectMeta), the fields we use.</summary>
public sealed record KubeMeta
{
    public string Name { get; init; } = "";

    public string? GenerateName { get; init; }

    public string? Namespace { get; init; }

    public string Uid { get; init; } = "";

    public string ResourceVersion { get; init; } = "";

    public long? Generation { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When it will be gone at the latest, once somebody asked for it.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>How long before <see cref="DeletionTimestamp"/> it was asked for.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    public IReadOnlyDictionary<string, string> Labels
    {
        get;
        init => field = value ?? Empty;
    } = Empty;

    public IReadOnlyDictionary<string, string> Annotations
    {
        get;
        init => field = value ?? Empty;
    } = Empty;

    public IReadOnlyList<KubeOwner> OwnerReferences
    {
        get;
        init => field = value ?? [];
    } = [];

    public IReadOnlyList<string> Finalizers
    {
        get;
        init => field = value ?? [];
    } = [];

    internal static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>An owner of an object.</summary>
public sealed record KubeOwner
{
    public string ApiVersion { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public string Uid { get; init; } = "";

    public bool? Controller { get; init; }
}

/// <summary>A page of objects.</summary>
/// <typeparam name="T">The object's type.</typeparam>
public sealed record KubeList<T>
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public KubeListMeta Metadata
    {
        get;
        init => field = value ?? new();
    } = new();

    public IReadOnlyList<T> Items
    {
        get;
        init => field = value ?? [];
    } = [];
}

/// <summary>A page's place: the version to watch from, and the token of the next page.</summary>
public sealed record KubeListMeta
{
    public string ResourceVersion { get; init; } = "";

    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }
}

/// <summary>meta/v1 Status: how the API server says no.</summary>
public sealed record KubeStatus
{
    public string? Status { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public int Code { get; init; }
}

/// <summary>The answer of <c>/version</c>.</summary>
public sealed record KubeVersion
{
    public string Major { get; init; } = "";

    public string Minor { get; init; } = "";

    public string GitVersion { get; init; } = "";

    public string Platform { get; init; } = "";
}

/// <summary>A condition of any object's status.</summary>
public sealed record KubeCondition
{
    public string Type { get; init; } = "";

    public string Status { get; init; } = "";

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    [JsonIgnore]
    public bool IsTrue => string.Equals(Status, "True", StringComparison.Ordinal);
}
