using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Reconciling;

/// <summary>
/// Everything one contract wants in one cluster, as one value. The reconciler makes the cluster look like it, whatever it looked like before.
/// </summary>
public sealed record DesiredBundle
{
    /// <summary>The contract; the bundle's key in its cluster.</summary>
    public required string ContractId { get; init; }

    /// <summary>Grows with every change of the desired state; an older generation never replaces a newer one.</summary>
    public required long Generation { get; init; }

    /// <summary>SHA-256 of the objects, in hexadecimal: equal hash, equal wish.</summary>
    public required string Hash { get; init; }

    /// <summary>The namespace of the workload.</summary>
    public required string Namespace { get; init; }

    /// <summary>The objects in the order to apply them. Treat them as values: they are never changed after creation.</summary>
    public required IReadOnlyList<JsonObject> Objects { get; init; }

    /// <summary>
    /// The nodes the replicas were sold on, one name per replica; empty when nobody decided before. The binder takes them while they fit. No part
    /// of the objects: where something runs does not change what it is.
    /// </summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>
    /// What a dedicated namespace was sold, and where; null for every other product, and when nobody decided before. No part of the objects
    /// either.
    /// </summary>
    public SoldSpace? Space { get; init; }

    /// <summary>Whether the namespace itself is the product: the customer writes in it.</summary>
    public bool IsDedicated => WorkloadNames.IsDedicated(Namespace);

    /// <summary>When the cluster stops the workload by itself, even if nobody can reach it; null for no end.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Stop and remove the workload.</summary>
    public bool Stopped { get; init; }

    /// <summary>Nothing of the workload is to run, and everything of it is to stay: see <see cref="Suspend"/>.</summary>
    public bool Suspended { get; init; }

    /// <summary>A bundle of these objects; computes the hash and writes generation and hash into every object.</summary>
    public static DesiredBundle Create(
        string contractId,
        long generation,
        string ns,
        IEnumerable<JsonObject> objects,
        DateTimeOffset? notAfter = null,
        bool stopped = false
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(contractId);
        ArgumentException.ThrowIfNullOrEmpty(ns);
        var marked = objects.Select(o => Mark(o, generation)).ToList();
        var whole = new StringBuilder();
        foreach (var one in marked)
        {
            whole.Append((string?)one["metadata"]!["annotations"]![Marks.Hash]).Append('\n');
        }

        return new DesiredBundle
        {
            ContractId = contractId,
            Generation = generation,
            Hash = HashOf(whole.ToString()),
            Namespace = ns,
            Objects = marked,
            NotAfter = notAfter,
            Stopped = stopped,
        };
    }

    /// <summary>The same wish, stopped, as the next generation.</summary>
    public DesiredBundle Stop(long generation) => this with { Generation = generation, Stopped = true };

    /// <summary>
    /// The same wish scaled to zero, as the next generation: jobs are suspended, deployments have no replicas, a dedicated namespace takes no pods.
    /// Names, work done so far and volumes stay. Nothing ends by itself meanwhile.
    /// </summary>
    public DesiredBundle Suspend(long generation) =>
        Create(ContractId, generation, Namespace, Objects.Select(Scaling.ToZero)) with
        {
            Places = Places,
            Space = Space,
            Suspended = true,
        };

    /// <summary>The bundle as JSON, for a database column or a wire.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["contractId"] = ContractId,
            ["generation"] = Generation,
            ["hash"] = Hash,
            ["namespace"] = Namespace,
            ["stopped"] = Stopped,
            ["suspended"] = Suspended,
            ["notAfter"] = NotAfter?.ToString("O", CultureInfo.InvariantCulture),
            ["places"] = new JsonArray([.. Places.Select(p => (JsonNode)p)]),
            ["space"] = JsonSerializer.SerializeToNode(Space, SpaceJson.Default.SoldSpace),
            ["objects"] = new JsonArray([.. Objects.Select(o => o.DeepClone())]),
        };
        return json.ToJsonString();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not a bundle.</exception>
    public static DesiredBundle FromJson(string text)
    {
        try
        {
            var json = JsonNode.Parse(text)!.AsObject();
            return new DesiredBundle
            {
                ContractId = (string)json["contractId"]!,
                Generation = (long)json["generation"]!,
                Hash = (string)json["hash"]!,
                Namespace = (string)json["namespace"]!,
                Stopped = (bool)json["stopped"]!,
                Suspended = (bool?)json["suspended"] ?? false,
                NotAfter = (string?)json["notAfter"] is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : null,
                Places = [.. (json["places"] as JsonArray ?? []).Select(p => (string)p!)],
                Space = json["space"]?.Deserialize(SpaceJson.Default.SoldSpace),
                Objects = [.. json["objects"]!.AsArray().Select(o => o!.DeepClone().AsObject())],
            };
        }
        catch (Exception e) when (e is JsonException or NullReferenceException or InvalidOperationException or ArgumentNullException)
        {
            throw new FormatException("The text is not a desired bundle.", e);
        }
    }

    /// <summary>Whether an object is shared by all contracts of its tenant, or of the cluster.</summary>
    internal static bool IsShared(JsonObject one) =>
        (string?)one["metadata"]?["annotations"]?[Marks.Scope] is Marks.ScopeTenant or Marks.ScopeCluster;

    /// <summary>A copy with its hash, and its generation where it has one.</summary>
    internal static JsonObject Mark(JsonObject source, long generation)
    {
        var one = source.DeepClone().AsObject();
        var metadata = one["metadata"]?.AsObject() ?? throw new ArgumentException("An object has no metadata.", nameof(source));
        if (metadata["annotations"] is not JsonObject annotations)
        {
            metadata["annotations"] = annotations = [];
        }

        annotations.Remove(Marks.Generation);
        annotations.Remove(Marks.Hash);
        annotations[Marks.Hash] = HashOf(one.ToJsonString());

        // Shared objects come from many contracts, so a contract's generation means nothing on them.
        if (!IsShared(one))
        {
            annotations[Marks.Generation] = generation.ToString(CultureInfo.InvariantCulture);
        }

        return one;
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
