using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>What the workload controllers share: pods made from a template, owned by the workload, and looked at by it.</summary>
internal abstract class PodOwner(ClusterApi api, ResourceType type) : Controller(api)
{
    /// <summary>How long to wait after a refused create (a quota, most of the time).</summary>
    protected static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(5);

    protected ResourceType Type => type;

    public override IEnumerable<ObjectKey> Everything() => Keys(type);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        if (change.Object.Type == type)
        {
            yield return change.Object.Key;
        }
        else if (change.Object.Type == ResourceCatalog.Pods && Owner(change.Object) is { } owner)
        {
            yield return owner;
        }
    }

    protected ObjectKey? Owner(StoredObject dependent)
    {
        foreach (var link in dependent.Owners)
        {
            if (link.IsController && link.Kind == type.Kind && link.ApiVersion == type.ApiVersion)
            {
                return new ObjectKey(dependent.Namespace, link.Name);
            }
        }
        return null;
    }

    protected List<StoredObject> PodsOf(StoredObject owner) =>
        [.. Store.OwnedBy(owner.Uid).Where(p => p.Type == ResourceCatalog.Pods && p.ControllerUid == owner.Uid)];

    protected static bool IsActive(StoredObject pod) => !pod.Terminating && !PodResources.IsFinished(pod);

    protected static bool IsReady(StoredObject pod) => !pod.Terminating && pod.Phase == "Running" && pod.Ready;

    /// <summary>Creates one pod of a template. A refusal is told as an event on the owner and returned.</summary>
    protected ApiFailure? CreatePod(StoredObject owner, JsonObject template, string? name, Action<JsonObject>? adjust = null)
    {
        var pod = new JsonObject
        {
            ["metadata"] = template["metadata"]?.DeepClone() ?? new JsonObject(),
            ["spec"] = template["spec"]?.DeepClone(),
        };
        var meta = pod.Ensure("metadata");
        if (name is null)
        {
            meta["generateName"] = owner.Name + "-";
        }
        else if (name.EndsWith('-'))
        {
            meta["generateName"] = name;
        }
        else
        {
            meta["name"] = name;
        }
        meta["ownerReferences"] = new JsonArray(OwnerReference(owner));
        adjust?.Invoke(pod);
        if (!Api.Create(Caller.System, ResourceCatalog.Pods, owner.Namespace, pod).Refused(out var refused, out var made))
        {
            Record(owner, "Normal", "SuccessfulCreate", $"Created pod: {made.Name}");
            return null;
        }
        Record(owner, "Warning", "FailedCreate", $"Error creating: {refused.Message}");
        return refused;
    }

    protected void DeletePod(StoredObject owner, StoredObject pod)
    {
        if (!Api.Delete(Caller.System, pod.Type, pod.Namespace, pod.Name, new DeleteWish { Uid = pod.Uid }).Refused(out _, out _))
        {
            Record(owner, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Name}");
        }
    }

    protected static JsonObject OwnerReference(StoredObject owner) =>
        new()
        {
            ["apiVersion"] = owner.Type.ApiVersion,
            ["kind"] = owner.Type.Kind,
            ["name"] = owner.Name,
            ["uid"] = owner.Uid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        };

    protected void Record(StoredObject about, string eventType, string reason, string message) =>
        Api.Record(about, eventType, reason, message, type.Singular + "-controller");

    protected void WriteStatus(StoredObject item, Action<JsonObject> edit) =>
        Api.Change(
            Caller.System,
            item.Type,
            item.Namespace,
            item.Name,
            tree =>
            {
                edit(tree);
                return tree;
            },
            "status"
        );
}
