using System.Text.Json.Nodes;
using Marketplace.Simulator.Admission;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Recounts a namespace's quotas when something in it ends or goes; creates are booked by admission itself.</summary>
internal sealed class QuotaCount(ClusterApi api) : Controller(api)
{
    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.ResourceQuotas);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        var item = change.Object;
        if (item.Type == ResourceCatalog.ResourceQuotas)
        {
            if (change.Kind != ChangeKind.Deleted)
            {
                yield return item.Key;
            }
            yield break;
        }
        var finished =
            item.Type == ResourceCatalog.Pods
            && PodResources.IsFinished(item)
            && change.Previous is { } before
            && !PodResources.IsFinished(before);
        if (item.Type.Namespaced && (change.Kind == ChangeKind.Deleted || finished))
        {
            foreach (var quota in Store.List(ResourceCatalog.ResourceQuotas, item.Namespace, Selector.Everything).Items)
            {
                yield return quota.Key;
            }
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        lock (Store.Gate)
        {
            Api.Change(
                Caller.System,
                ResourceCatalog.ResourceQuotas,
                key.Namespace,
                key.Name,
                tree =>
                {
                    var hard = tree.Map("spec", "hard") ?? [];
                    tree["status"] = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = Quotas.Recount(Store, key.Namespace, hard) };
                    return tree;
                },
                "status"
            );
        }
        return null;
    }
}
