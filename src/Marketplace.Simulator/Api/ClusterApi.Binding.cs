using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Api;

internal sealed partial class ClusterApi
{
    /// <summary>Assigns a pod to a node, once. Annotations of the binding go onto the pod, which is how schedulers hand over devices.</summary>
    public Answer<StoredObject> Bind(Caller caller, string ns, string name, string node, string? uid, JsonObject? annotations)
    {
        lock (store.Gate)
        {
            if (store.Get(ResourceCatalog.Pods, ns, name) is not { } current)
            {
                return ApiFailure.NotFound(ResourceCatalog.Pods, name);
            }
            if (uid is { Length: > 0 } && uid != current.Uid)
            {
                return ApiFailure.Conflict(
                    current.Type,
                    name,
                    $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}"
                );
            }
            if (current.Terminating)
            {
                return ApiFailure.Conflict(current.Type, name, $"pod {name} is being deleted, cannot be assigned to a host");
            }
            if (current.NodeName.Length > 0)
            {
                return ApiFailure.Conflict(current.Type, name, $"pod {name} is already assigned to node \"{current.NodeName}\"");
            }
            var tree = current.Open();
            tree.Ensure("spec")["nodeName"] = node;
            foreach (var (key, value) in annotations ?? [])
            {
                tree.Ensure("metadata").Ensure("annotations")[key] = value?.DeepClone();
            }
            Conditions.Set(tree, "PodScheduled", "True", "", "", time.GetUtcNow());
            return caller.DryRun ? StoredObject.Freeze(current.Type, tree, current.Version) : store.Put(current.Type, tree);
        }
    }
}
