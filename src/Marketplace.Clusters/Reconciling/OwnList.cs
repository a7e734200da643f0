using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Reconciling;

/// <summary>One object the reconciler made for a contract.</summary>
/// <param name="Uid">The object's UID: a namesake made by someone else is never touched.</param>
/// <param name="Hash">The hash it was applied with.</param>
/// <param name="Finished">A job that has ended: it is never made again.</param>
internal sealed record OwnEntry(
    string ApiVersion,
    string Kind,
    string? Namespace,
    string Name,
    string Uid,
    string Hash,
    bool Finished = false
)
{
    public string Key => $"{ApiVersion}/{Kind}/{Namespace}/{Name}";
}

/// <summary>
/// What the reconciler made for a contract, kept in the cluster itself (a ConfigMap beside the workload), so that any process can carry on and
/// only our own objects are ever removed.
/// </summary>
internal sealed record OwnList(long Generation, string Hash, IReadOnlyList<OwnEntry> Entries, bool Stopped = false)
{
    private const string Field = "objects";

    public static OwnList Nothing { get; } = new(0, "", []);

    public OwnEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key == key);

    public static async Task<ClusterResult<OwnList>> ReadAsync(KubernetesClient client, DesiredBundle bundle, CancellationToken ct)
    {
        var (kind, ns, name) = Place(bundle);
        var read = await client.GetJsonAsync(kind, ns, name, ct);
        if (!read.IsOk)
        {
            return read.Error is KubernetesError { IsNotFound: true } ? Nothing : read.Error;
        }

        try
        {
            var data = bundle.IsDedicated
                ? JsonNode.Parse((string?)read.Value["metadata"]?["annotations"]?[Marks.OwnList] ?? "{}")
                : read.Value["data"];
            var list = new OwnList(
                long.Parse((string?)data?["generation"] ?? "0", CultureInfo.InvariantCulture),
                (string?)data?["hash"] ?? "",
                [.. JsonNode.Parse((string?)data?[Field] ?? "[]")!.AsArray().Select(e => ReadEntry(e!.AsObject()))],
                (string?)data?["stopped"] == "true"
            );
            return list.Entries.All(e => IsOf(e, bundle)) ? list : Damaged(bundle);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            return Damaged(bundle);
        }
    }

    public async Task<ClusterResult<Done>> WriteAsync(KubernetesClient client, DesiredBundle bundle, CancellationToken ct)
    {
        var data = new JsonObject
        {
            ["generation"] = Generation.ToString(CultureInfo.InvariantCulture),
            ["hash"] = Hash,
            ["stopped"] = Stopped ? "true" : "false",
            [Field] = new JsonArray([.. Entries.Select(e => (JsonNode)WriteEntry(e))]).ToJsonString(),
        };
        var (kind, ns, name) = Place(bundle);
        if (bundle.IsDedicated)
        {
            // Merged, not applied: applying the namespace itself must not take the list away again.
            var note = new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Marks.OwnList] = data.ToJsonString() } },
            };
            return (await client.PatchAsync(kind, ns, name, note, ct: ct)).Map(_ => default(Done));
        }

        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject
                {
                    [Marks.ManagedBy] = Marks.ManagedByValue,
                    [Marks.Contract] = WorkloadNames.LabelOf(bundle.ContractId),
                },
            },
            ["data"] = data,
        };
        return (await client.ApplyAsync(body, ct)).Map(_ => default(Done));
    }

    /// <summary>Removes the list. A dedicated namespace took it along.</summary>
    public static async Task<ClusterResult<Done>> DeleteAsync(KubernetesClient client, DesiredBundle bundle, CancellationToken ct)
    {
        var (kind, ns, name) = Place(bundle);
        return bundle.IsDedicated ? default(Done) : await client.DeleteAsync(kind, ns, name, ct: ct);
    }

    /// <summary>
    /// Where the list stands: beside the workload, except where the customer writes. What stands in a dedicated namespace decides what we delete and
    /// when we are done, so there it is kept on the namespace itself.
    /// </summary>
    private static (KubeResource Kind, string? Namespace, string Name) Place(DesiredBundle bundle) =>
        bundle.IsDedicated
            ? (KubeKinds.Namespaces, null, bundle.Namespace)
            : (KubeKinds.ConfigMaps, bundle.Namespace, WorkloadNames.InventoryOf(bundle.ContractId));

    // Without a UID a namesake would be deleted, and outside of the contract's namespace nothing is its own.
    private static bool IsOf(OwnEntry entry, DesiredBundle bundle) =>
        entry.Uid.Length > 0
        && (
            entry.Namespace == bundle.Namespace
            || (bundle.IsDedicated && entry is { Namespace: null, Kind: "Namespace" } && entry.Name == bundle.Namespace)
        );

    private static ClusterError Damaged(DesiredBundle bundle) =>
        new(
            "bundle.own_list_damaged",
            $"The list of objects of {bundle.ContractId} was changed by someone else and cannot be read.",
            bundle.IsDedicated ? bundle.Namespace : $"{bundle.Namespace}/{WorkloadNames.InventoryOf(bundle.ContractId)}",
            bundle.IsDedicated
                ? $"Remove the namespace's annotation {Marks.OwnList}; it is made again from the desired state."
                : "Delete that ConfigMap; it is made again from the desired state."
        );

    public static OwnEntry EntryOf(JsonObject desired, JsonObject live) =>
        new(
            (string)desired["apiVersion"]!,
            (string)desired["kind"]!,
            (string?)desired["metadata"]!["namespace"],
            (string)desired["metadata"]!["name"]!,
            (string?)live["metadata"]?["uid"] ?? "",
            (string?)desired["metadata"]!["annotations"]?[Marks.Hash] ?? ""
        );

    public static string KeyOf(JsonObject one) =>
        $"{one["apiVersion"]}/{one["kind"]}/{one["metadata"]!["namespace"]}/{one["metadata"]!["name"]}";

    private static OwnEntry ReadEntry(JsonObject e) =>
        new(
            (string)e["apiVersion"]!,
            (string)e["kind"]!,
            (string?)e["namespace"],
            (string)e["name"]!,
            (string)e["uid"]!,
            (string)e["hash"]!,
            (bool?)e["finished"] ?? false
        );

    private static JsonObject WriteEntry(OwnEntry e) =>
        new()
        {
            ["apiVersion"] = e.ApiVersion,
            ["kind"] = e.Kind,
            ["namespace"] = e.Namespace,
            ["name"] = e.Name,
            ["uid"] = e.Uid,
            ["hash"] = e.Hash,
            ["finished"] = e.Finished,
        };
}
