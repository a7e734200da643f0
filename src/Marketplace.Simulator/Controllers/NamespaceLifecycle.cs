using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Gives each namespace its default service account, and empties one that is being deleted before letting it go.</summary>
internal sealed class NamespaceLifecycle(ClusterApi api) : Controller(api)
{
    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.Namespaces);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        var item = change.Object;
        if (item.Type == ResourceCatalog.Namespaces)
        {
            yield return item.Key;
        }
        else if (
            change.Kind == ChangeKind.Deleted
            && item.Type.Namespaced
            && (
                item.Type == ResourceCatalog.ServiceAccounts
                || Store.Get(ResourceCatalog.Namespaces, "", item.Namespace) is { Terminating: true }
            )
        )
        {
            yield return new ObjectKey("", item.Namespace);
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(ResourceCatalog.Namespaces, "", key.Name) is not { } home)
        {
            return null;
        }
        if (!home.Terminating)
        {
            if (Store.Get(ResourceCatalog.ServiceAccounts, key.Name, "default") is null)
            {
                Api.Create(
                    Caller.System,
                    ResourceCatalog.ServiceAccounts,
                    key.Name,
                    new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } }
                );
            }
            return null;
        }
        var left = ResourceCatalog
            .All.Where(t => t.Namespaced)
            .SelectMany(t => Store.List(t, key.Name, Selector.Everything).Items)
            .ToList();
        foreach (var item in left.Where(i => !i.Terminating))
        {
            Api.Delete(Caller.System, item.Type, item.Namespace, item.Name, new DeleteWish { Uid = item.Uid });
        }
        if (ResourceCatalog.All.Where(t => t.Namespaced).All(t => Store.List(t, key.Name, Selector.Everything).Items.Count == 0))
        {
            Api.Change(
                Caller.System,
                home.Type,
                "",
                home.Name,
                tree =>
                {
                    tree.Ensure("spec").Remove("finalizers");
                    return tree;
                },
                "finalize"
            );
        }
        return null;
    }
}
