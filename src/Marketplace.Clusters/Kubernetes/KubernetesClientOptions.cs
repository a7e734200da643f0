namespace Marketplace.Clusters.Kubernetes;

/// <summary>Bounds of the client. Defaults suit a cluster across a wide-area network.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>Longest wait for the answer to one ordinary request.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request that is safe to repeat is repeated after a transient failure; 0 for never.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>First pause before a repeat; doubles, with jitter. A server's <c>Retry-After</c> wins.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Objects per page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>How long the server should keep one watch open before it closes it in order.</summary>
    public TimeSpan WatchLength { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that stays silent for this long is taken for dead. The server sends a bookmark about every minute.</summary>
    public TimeSpan WatchIdle { get; init; } = TimeSpan.FromSeconds(100);
}

/// <summary>Which objects a list or watch covers.</summary>
/// <param name="LabelSelector">For example <c>app.kubernetes.io/managed-by=compute-marketplace</c>.</param>
/// <param name="FieldSelector">For example <c>involvedObject.name=x</c>.</param>
/// <param name="Limit">Page size; the client's default when null.</param>
/// <param name="Continue">The token of the page before.</param>
/// <param name="ResourceVersion">
/// Where a list may read from: null means the newest state, <c>0</c> accepts the server's cache, which is cheaper.
/// </param>
public sealed record KubeQuery(
    string? LabelSelector = null,
    string? FieldSelector = null,
    int? Limit = null,
    string? Continue = null,
    string? ResourceVersion = null
);

/// <summary>How to delete.</summary>
public enum DeletePropagation
{
    /// <summary>Delete now, dependants afterwards.</summary>
    Background,

    /// <summary>Dependants first.</summary>
    Foreground,

    /// <summary>Leave dependants alone.</summary>
    Orphan,
}

/// <summary>Options of a delete.</summary>
/// <param name="GraceSeconds">Seconds to stop in; the object's own default when null; 0 ends it at once.</param>
/// <param name="Propagation">What happens to dependants.</param>
/// <param name="Uid">Delete only the object with this UID: guards against a namesake made meanwhile.</param>
public sealed record KubeDelete(long? GraceSeconds = null, DeletePropagation? Propagation = null, string? Uid = null);

/// <summary>Which part of a log to read.</summary>
/// <param name="Tail">Only the last lines; everything when null.</param>
/// <param name="Follow">Keep reading while the pod runs.</param>
/// <param name="Container">The container; the only one when null.</param>
/// <param name="SinceSeconds">Only lines at most this old.</param>
/// <param name="Timestamps">Start each line with its time.</param>
public sealed record KubeLogQuery(
    int? Tail = null,
    bool Follow = false,
    string? Container = null,
    int? SinceSeconds = null,
    bool Timestamps = false
);

/// <summary>What a watch event tells.</summary>
public enum WatchKind
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed; the resource version moved on.</summary>
    Bookmark,

    /// <summary>The watch ends here; <see cref="WatchEvent{T}.Error"/> says why.</summary>
    Error,
}

/// <summary>One event of a watch.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Object">The object; null for errors.</param>
/// <param name="Error">Why the watch ended; null otherwise.</param>
/// <typeparam name="T">The object's type.</typeparam>
public readonly record struct WatchEvent<T>(WatchKind Kind, T? Object, KubernetesError? Error = null);
