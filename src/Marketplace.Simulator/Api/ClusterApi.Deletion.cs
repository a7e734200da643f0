using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Api;

internal sealed partial class ClusterApi
{
    /// <summary>
    /// Deletes, or marks for deletion: a pod on a node waits for its kubelet, an object with finalizers for them, a namespace for its
    /// content. Dependents follow by garbage collection, unless they are orphaned.
    /// </summary>
    public Answer<Deletion> Delete(Caller caller, ResourceType type, string ns, string name, DeleteWish wish)
    {
        lock (store.Gate)
        {
            if (store.Get(type, ns, name) is not { } current)
            {
                return ApiFailure.NotFound(type, name);
            }
            if (wish.Uid is { } uid && uid != current.Uid)
            {
                return ApiFailure.Conflict(
                    type,
                    name,
                    $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}"
                );
            }
            if (wish.ResourceVersion is { } version && version != current.Version.ToString(CultureInfo.InvariantCulture))
            {
                return ApiFailure.Conflict(
                    type,
                    name,
                    $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {current.Version}"
                );
            }
            if (type == ResourceCatalog.Namespaces && name is ("default" or "kube-system" or "kube-public" or "kube-node-lease"))
            {
                return ApiFailure.Forbidden(type, name, "this namespace may not be deleted");
            }
            var tree = current.Open();
            var grace = GraceOf(current, tree, wish);
            AddPropagationFinalizer(current, tree, wish.Propagation);
            if (caller.DryRun)
            {
                return new Deletion(current, Gone: grace == 0 && !HasFinalizers(tree));
            }
            if (wish.Propagation == "Orphan")
            {
                ReleaseDependents(current);
            }
            if (grace == 0 && !HasFinalizers(tree))
            {
                return new Deletion(store.Remove(current), Gone: true);
            }
            var meta = tree.Ensure("metadata");
            var marked = meta.Text("deletionTimestamp") is not null;
            var earlier = meta.Whole("deletionGracePeriodSeconds");
            if (!marked || grace < earlier)
            {
                meta["deletionTimestamp"] = Json.Time(time.GetUtcNow().AddSeconds(grace));
                meta["deletionGracePeriodSeconds"] = grace;
                if (type.CountsGeneration)
                {
                    meta["generation"] = (meta.Whole("generation") ?? 0) + 1;
                }
            }
            if (type == ResourceCatalog.Namespaces)
            {
                tree.Ensure("status")["phase"] = "Terminating";
            }
            meta["resourceVersion"] = current.Version.ToString(CultureInfo.InvariantCulture);
            var kept = JsonNode.DeepEquals(tree, current.Open()) ? current : store.Put(type, tree);
            return new Deletion(kept, Gone: false);
        }
    }

    private static long GraceOf(StoredObject current, JsonObject tree, DeleteWish wish)
    {
        if (current.Type != ResourceCatalog.Pods)
        {
            return 0;
        }
        // Nothing runs yet, or nothing runs any more: nobody to wait for.
        if (current.NodeName.Length == 0 || PodResources.IsFinished(current))
        {
            return 0;
        }
        return Math.Max(0, wish.GraceSeconds ?? tree.Whole("spec", "terminationGracePeriodSeconds") ?? 30);
    }

    private static bool HasFinalizers(JsonObject tree) =>
        tree.At("metadata", "finalizers") is JsonArray { Count: > 0 }
        || (tree.Text("kind") == "Namespace" && tree.At("spec", "finalizers") is JsonArray { Count: > 0 });

    private static bool CanGo(StoredObject item, JsonObject tree) =>
        item.Terminating && !HasFinalizers(tree) && (tree.Whole("metadata", "deletionGracePeriodSeconds") ?? 0) == 0;

    private void AddPropagationFinalizer(StoredObject current, JsonObject tree, string propagation)
    {
        if (propagation != "Foreground" || store.OwnedBy(current.Uid).Count == 0)
        {
            return;
        }
        var finalizers = tree.Ensure("metadata").EnsureList("finalizers");
        if (!finalizers.Any(f => f?.ToString() == "foregroundDeletion"))
        {
            finalizers.Add("foregroundDeletion");
        }
    }

    private void ReleaseDependents(StoredObject owner)
    {
        foreach (var dependent in store.OwnedBy(owner.Uid))
        {
            var tree = dependent.Open();
            var links = tree.Map("metadata")!.EnsureList("ownerReferences");
            foreach (var link in links.OfType<JsonObject>().Where(l => l.Text("uid") == owner.Uid).ToList())
            {
                links.Remove(link);
            }
            if (links.Count == 0)
            {
                tree.Map("metadata")!.Remove("ownerReferences");
            }
            store.Put(dependent.Type, tree);
        }
    }
}
