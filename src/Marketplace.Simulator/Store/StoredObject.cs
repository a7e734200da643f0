using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Store;

/// <summary>Where an object lives within its resource; cluster-scoped objects have an empty namespace.</summary>
internal readonly record struct ObjectKey(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

internal readonly record struct OwnerLink(string Uid, string ApiVersion, string Kind, string Name, bool IsController, bool BlocksDeletion);

/// <summary>
/// One version of one object. The text is kept as UTF-8 (a parsed tree would take ten times the memory) next to the few fields
/// that lists and controllers select by. Immutable: a change makes a new version.
/// </summary>
internal sealed class StoredObject
{
    private StoredObject(ResourceType type, JsonObject tree, byte[] utf8, long version)
    {
        Type = type;
        Utf8 = utf8;
        Version = version;
        var meta = tree.Map("metadata");
        Key = new ObjectKey(type.Namespaced ? meta.Text("namespace") ?? "" : "", meta.Text("name") ?? "");
        Uid = meta.Text("uid") ?? "";
        Labels = meta.Map("labels") is { Count: > 0 } ? meta.TextMap("labels") : NoLabels;
        Owners =
        [
            .. meta.Items("ownerReferences")
                .Select(o => new OwnerLink(
                    o.Text("uid") ?? "",
                    o.Text("apiVersion") ?? "",
                    o.Text("kind") ?? "",
                    o.Text("name") ?? "",
                    o.Flag("controller"),
                    o.Flag("blockOwnerDeletion")
                )),
        ];
        Terminating = meta.Text("deletionTimestamp") is not null;
        NodeName = tree.Text("spec", "nodeName") ?? "";
        Phase = tree.Text("status", "phase") ?? "";
        Ready = tree.Items("status", "conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");
        Finalizers = meta.At("finalizers") is JsonArray { Count: > 0 } list ? [.. list.Select(f => f?.ToString() ?? "")] : [];
        GraceSeconds = meta.Whole("deletionGracePeriodSeconds");
        foreach (var container in tree.Items("status", "containerStatuses"))
        {
            Restarts += (int)(container.Whole("restartCount") ?? 0);
        }
    }

    private static readonly Dictionary<string, string> NoLabels = new(StringComparer.Ordinal);

    public ResourceType Type { get; }
    public ObjectKey Key { get; }
    public string Namespace => Key.Namespace;
    public string Name => Key.Name;
    public string Uid { get; }
    public long Version { get; }
    public byte[] Utf8 { get; }
    public IReadOnlyDictionary<string, string> Labels { get; }
    public IReadOnlyList<OwnerLink> Owners { get; }
    public bool Terminating { get; }
    public string NodeName { get; }
    public string Phase { get; }

    /// <summary>The condition Ready, of pods and nodes.</summary>
    public bool Ready { get; }

    public IReadOnlyList<string> Finalizers { get; }

    /// <summary>The grace of a deletion under way; 0 means that its node has confirmed the end.</summary>
    public long? GraceSeconds { get; }

    /// <summary>Container restarts of a pod.</summary>
    public int Restarts { get; }

    /// <summary>What a pod asks for; counted once.</summary>
    public IReadOnlyDictionary<string, decimal> Requests => field ??= PodResources.Requests(Open());

    /// <summary>The controlling owner's uid, or null.</summary>
    public string? ControllerUid
    {
        get
        {
            foreach (var owner in Owners)
            {
                if (owner.IsController)
                {
                    return owner.Uid;
                }
            }
            return null;
        }
    }

    /// <summary>A fresh, editable tree; changing it changes nothing stored.</summary>
    public JsonObject Open() => Json.ParseObject(Utf8);

    /// <summary>Stamps the version on the tree and freezes it.</summary>
    public static StoredObject Freeze(ResourceType type, JsonObject tree, long version)
    {
        tree.Ensure("metadata")["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(type, tree, Json.Bytes(tree), version);
    }

    public static StoredObject Thaw(ResourceType type, byte[] utf8)
    {
        var tree = Json.ParseObject(utf8);
        var version = long.Parse(tree.Text("metadata", "resourceVersion") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(type, tree, utf8, version);
    }
}

internal enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <summary>One commit: the new version, and the one before it (null when added).</summary>
internal sealed record Change(ChangeKind Kind, StoredObject Object, StoredObject? Previous)
{
    public long Version => Object.Version;
}
