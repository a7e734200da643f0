using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>
/// Garbage collection by owner references: what no owner is left for goes; an owner deleted in the foreground goes last. The key's
/// name is an object's uid, for owners are known by uid.
/// </summary>
internal sealed class Garbage(ClusterApi api) : Controller(api)
{
    private const string Foreground = "foregroundDeletion";

    public override IEnumerable<ObjectKey> Everything() =>
        ResourceCatalog
            .All.SelectMany(t => Store.List(t, null, Selector.Everything).Items)
            .Where(i => i.Owners.Count > 0 || i.Terminating)
            .Select(i => new ObjectKey("", i.Uid));

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        var item = change.Object;
        if (change.Kind == ChangeKind.Deleted)
        {
            foreach (var dependent in Store.OwnedBy(item.Uid))
            {
                yield return new ObjectKey("", dependent.Uid);
            }
            foreach (var owner in item.Owners)
            {
                yield return new ObjectKey("", owner.Uid);
            }
        }
        else if (item.Terminating || (change.Kind == ChangeKind.Added && item.Owners.Count > 0))
        {
            yield return new ObjectKey("", item.Uid);
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.OfUid(key.Name) is not { } item)
        {
            return null;
        }
        if (item.Owners.Count > 0 && !item.Terminating && item.Owners.All(o => Store.OfUid(o.Uid) is null))
        {
            // Somebody else may have deleted it meanwhile; then there is nothing left to do.
            Api.Delete(Caller.System, item.Type, item.Namespace, item.Name, new DeleteWish { Uid = item.Uid });
            return null;
        }
        if (item.Terminating && item.Finalizers.Contains(Foreground))
        {
            DeleteDependents(item);
        }
        return null;
    }

    private void DeleteDependents(StoredObject owner)
    {
        var dependents = Store.OwnedBy(owner.Uid);
        foreach (var dependent in dependents.Where(d => !d.Terminating))
        {
            var wish = new DeleteWish { Uid = dependent.Uid, Propagation = "Foreground" };
            Api.Delete(Caller.System, dependent.Type, dependent.Namespace, dependent.Name, wish);
        }
        if (Store.OwnedBy(owner.Uid).Any(d => d.Owners.Any(o => o.Uid == owner.Uid && o.BlocksDeletion)))
        {
            return;
        }
        Api.Change(
            Caller.System,
            owner.Type,
            owner.Namespace,
            owner.Name,
            tree =>
            {
                var list = tree.Ensure("metadata").EnsureList("finalizers");
                foreach (var finalizer in list.Where(f => f?.ToString() == Foreground).ToList())
                {
                    list.Remove(finalizer);
                }
                return tree;
            },
            subresource: null
        );
    }
}
