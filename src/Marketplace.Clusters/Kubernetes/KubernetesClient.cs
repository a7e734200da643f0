using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>
/// A typed client of the Kubernetes REST API, for one cluster. Every call returns a value or a <see cref="KubernetesError"/>; only bugs and
/// cancellation throw. Requests that are safe to repeat are repeated after transient failures. Thread-safe.
/// </summary>
public sealed partial class KubernetesClient : IDisposable
{
    /// <summary>Our one field manager for server-side apply.</summary>
    public const string FieldManager = "compute-marketplace";

    private readonly KubernetesTransport transport;
    private readonly KubernetesClientOptions options;
    private readonly TimeProvider time;

    /// <summary>A client that keeps its connections until disposed.</summary>
    public KubernetesClient(KubeConfig config, TimeProvider? time = null, KubernetesClientOptions? options = null)
        : this(config, time ?? TimeProvider.System, options ?? new(), handler: null) { }

    internal KubernetesClient(KubeConfig config, TimeProvider time, KubernetesClientOptions options, HttpMessageHandler? handler)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        this.time = time;
        this.options = options;
        transport = new KubernetesTransport(config, options, time, handler);
    }

    /// <summary>The settings this client connects with.</summary>
    public KubeConfig Config { get; }

    /// <summary>When the server last answered anything, bytes of a watch included; null before the first answer.</summary>
    public DateTimeOffset? LastAnswerAt => transport.LastAnswerAt;

    /// <summary>The server's version; the cheapest proof that the connection and the credentials work.</summary>
    public Task<ClusterResult<KubeVersion>> VersionAsync(CancellationToken ct = default) =>
        SendAsync(HttpMethod.Get, "version", null, null, KubeJson.Default.KubeVersion, ct);

    /// <summary>One object.</summary>
    public Task<ClusterResult<T>> GetAsync<T>(KubeResource<T> kind, string? ns, string name, CancellationToken ct = default)
        where T : KubeObject => SendAsync(HttpMethod.Get, kind.Path(ns, name), null, null, kind.Item, ct);

    /// <summary>One object as JSON.</summary>
    public Task<ClusterResult<JsonObject>> GetJsonAsync(KubeResource kind, string? ns, string name, CancellationToken ct = default) =>
        SendAsync(HttpMethod.Get, kind.Path(ns, name), null, null, KubeJson.Default.JsonObject, ct);

    /// <summary>One page of objects.</summary>
    public Task<ClusterResult<KubeList<T>>> ListPageAsync<T>(
        KubeResource<T> kind,
        string? ns,
        KubeQuery? query = null,
        CancellationToken ct = default
    )
        where T : KubeObject
    {
        query ??= new KubeQuery();
        var path = new QueryText(kind.Path(ns))
            .Add("labelSelector", query.LabelSelector)
            .Add("fieldSelector", query.FieldSelector)
            .Add("limit", query.Limit ?? options.PageSize)
            .Add("continue", query.Continue)
            .Add("resourceVersion", query.Continue is null ? query.ResourceVersion : null)
            .ToString();
        return SendAsync(HttpMethod.Get, path, null, null, kind.List, ct);
    }

    /// <summary>All objects, page by page, as one list. Its resource version is the one to watch from.</summary>
    public async Task<ClusterResult<KubeList<T>>> ListAsync<T>(
        KubeResource<T> kind,
        string? ns,
        KubeQuery? query = null,
        CancellationToken ct = default
    )
        where T : KubeObject
    {
        query ??= new KubeQuery();
        var items = new List<T>();
        while (true)
        {
            var page = await ListPageAsync(kind, ns, query, ct);
            if (!page.IsOk)
            {
                return page.Error;
            }

            items.AddRange(page.Value.Items);
            if (page.Value.Metadata.Continue is not { Length: > 0 } next)
            {
                return page.Value with { Items = items };
            }

            query = query with { Continue = next };
        }
    }

    /// <summary>Creates an object of any kind.</summary>
    public Task<ClusterResult<JsonObject>> CreateAsync(JsonObject body, CancellationToken ct = default)
    {
        if (Locate(body) is not { } at)
        {
            return Task.FromResult<ClusterResult<JsonObject>>(UnknownKind(body));
        }

        var path = new QueryText(at.Kind.Path(at.Namespace)).Add("fieldManager", FieldManager).ToString();
        return SendAsync(HttpMethod.Post, path, body, "application/json", KubeJson.Default.JsonObject, ct);
    }

    /// <summary>
    /// Server-side apply with our one field manager: creates the object, or moves the fields we own to this state. Quantities must be quoted.
    /// </summary>
    /// <param name="body">Complete apply configuration with apiVersion, kind, name and (where it has one) namespace.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ClusterResult<JsonObject>> ApplyAsync(JsonObject body, CancellationToken ct = default)
    {
        if (Locate(body) is not { Name: { Length: > 0 } name } at)
        {
            return Task.FromResult<ClusterResult<JsonObject>>(UnknownKind(body));
        }

        var path = new QueryText(at.Kind.Path(at.Namespace, name)).Add("fieldManager", FieldManager).Add("force", "true").ToString();
        return SendAsync(HttpMethod.Patch, path, body, "application/apply-patch+yaml", KubeJson.Default.JsonObject, ct);
    }

    /// <summary>JSON merge patch (RFC 7396) of an object or a subresource such as <c>status</c>.</summary>
    public Task<ClusterResult<JsonObject>> PatchAsync(
        KubeResource kind,
        string? ns,
        string name,
        JsonObject patch,
        string? subresource = null,
        CancellationToken ct = default
    )
    {
        var path = new QueryText(kind.Path(ns, name, subresource)).Add("fieldManager", FieldManager).ToString();
        return SendAsync(HttpMethod.Patch, path, patch, "application/merge-patch+json", KubeJson.Default.JsonObject, ct);
    }

    /// <summary>JSON merge patch of an object's status.</summary>
    public Task<ClusterResult<JsonObject>> PatchStatusAsync(
        KubeResource kind,
        string? ns,
        string name,
        JsonObject patch,
        CancellationToken ct = default
    ) => PatchAsync(kind, ns, name, patch, "status", ct);

    /// <summary>
    /// Binds a pod to a node. The annotations are merged into the pod in the same transaction, so a bound pod always carries its devices.
    /// </summary>
    public async Task<ClusterResult<Done>> BindAsync(
        string ns,
        string pod,
        string podUid,
        string node,
        IReadOnlyDictionary<string, string>? annotations = null,
        CancellationToken ct = default
    )
    {
        var metadata = new JsonObject
        {
            ["name"] = pod,
            ["namespace"] = ns,
            ["uid"] = podUid,
        };
        if (annotations is { Count: > 0 })
        {
            metadata["annotations"] = new JsonObject(annotations.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
        }

        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = metadata,
            ["target"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Node",
                ["name"] = node,
            },
        };
        var path = KubeKinds.Pods.Path(ns, pod, "binding");
        var answer = await transport.SendAsync(HttpMethod.Post, path, Encode(body), "application/json", ct);
        return answer.Map(_ => default(Done));
    }

    /// <summary>Deletes an object. A missing object counts as deleted.</summary>
    public async Task<ClusterResult<Done>> DeleteAsync(
        KubeResource kind,
        string? ns,
        string name,
        KubeDelete? how = null,
        CancellationToken ct = default
    )
    {
        how ??= new KubeDelete();
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (how.GraceSeconds is { } grace)
        {
            body["gracePeriodSeconds"] = grace;
        }

        if (how.Propagation is { } propagation)
        {
            body["propagationPolicy"] = propagation.ToString();
        }

        if (how.Uid is { Length: > 0 } uid)
        {
            body["preconditions"] = new JsonObject { ["uid"] = uid };
        }

        var answer = await transport.SendAsync(HttpMethod.Delete, kind.Path(ns, name), Encode(body), "application/json", ct);
        return answer.Error is KubernetesError { IsNotFound: true } ? default(Done) : answer.Map(_ => default(Done));
    }

    /// <summary>The escape hatch: any request below the server's base address, as JSON. An empty answer is an empty object.</summary>
    public Task<ClusterResult<JsonObject>> SendJsonAsync(
        HttpMethod method,
        string path,
        JsonNode? body = null,
        string mediaType = "application/json",
        CancellationToken ct = default
    ) => SendAsync(method, path.TrimStart('/'), body, mediaType, KubeJson.Default.JsonObject, ct);

    /// <inheritdoc />
    public void Dispose() => transport.Dispose();

    private async Task<ClusterResult<T>> SendAsync<T>(
        HttpMethod method,
        string path,
        JsonNode? body,
        string? mediaType,
        JsonTypeInfo<T> type,
        CancellationToken ct
    )
    {
        var answer = await transport.SendAsync(method, path, body is null ? null : Encode(body), mediaType, ct);
        if (!answer.IsOk)
        {
            return answer.Error;
        }

        try
        {
            var value = answer.Value.Length == 0 ? JsonSerializer.Deserialize("{}", type) : JsonSerializer.Deserialize(answer.Value, type);
            return value is null ? KubernetesError.NotKubernetes(200, $"{method} {path}", "null") : value;
        }
        catch (JsonException e)
        {
            return KubernetesError.NotKubernetes(200, $"{method} {path}", e.Message);
        }
    }

    private static byte[] Encode(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    private static (KubeResource Kind, string? Namespace, string? Name)? Locate(JsonObject body) =>
        KubeKinds.Find((string?)body["apiVersion"], (string?)body["kind"]) is { } kind
            ? (kind, (string?)body["metadata"]?["namespace"], (string?)body["metadata"]?["name"])
            : null;

    private static ClusterError UnknownKind(JsonObject body) =>
        new(
            "kubernetes.unknown_object",
            $"'{body["apiVersion"]} {body["kind"]}' with name '{body["metadata"]?["name"]}' is not an object we can address.",
            "kind",
            $"Use one of: {string.Join(", ", KubeKinds.All.Select(k => k.Kind))}, with a name."
        );

    private sealed class QueryText(string path)
    {
        private readonly StringBuilder text = new(path);
        private char separator = '?';

        public QueryText Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }

            return this;
        }

        public QueryText Add(string name, int value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

        public override string ToString() => text.ToString();
    }
}
