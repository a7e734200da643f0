using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Events live an hour, as in a real cluster.</summary>
internal sealed class EventExpiry(ClusterApi api) : Controller(api)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.Events);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        if (change.Object.Type == ResourceCatalog.Events && change.Kind == ChangeKind.Added)
        {
            yield return change.Object.Key;
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(ResourceCatalog.Events, key.Namespace, key.Name) is not { } told)
        {
            return null;
        }
        var tree = told.Open();
        var last = Json.ReadTime(tree.Text("lastTimestamp")) ?? Json.ReadTime(tree.Text("metadata", "creationTimestamp")) ?? Now;
        var left = last + Life - Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }
        Api.Delete(Caller.System, told.Type, told.Namespace, told.Name, new DeleteWish { Uid = told.Uid });
        return null;
    }
}
