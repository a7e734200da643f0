using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>
/// The cluster's own default scheduler: filters by readiness, taints, selector, required node affinity and free resources, prefers the
/// fullest node that still fits (so that whole machines stay free). Pods that name another scheduler wait for its Binding.
/// </summary>
internal sealed class DefaultScheduler(ClusterApi api) : Controller(api)
{
    private const string Name = "default-scheduler";
    private readonly Dictionary<string, NodeRoom> rooms = new(StringComparer.Ordinal);
    private readonly HashSet<ObjectKey> waiting = [];

    public override IEnumerable<ObjectKey> Everything()
    {
        foreach (var node in Store.List(ResourceCatalog.Nodes, null, Selector.Everything).Items)
        {
            rooms[node.Name] = new NodeRoom(node);
        }
        return Keys(ResourceCatalog.Pods);
    }

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        var item = change.Object;
        if (item.Type == ResourceCatalog.Nodes)
        {
            if (change.Kind == ChangeKind.Deleted)
            {
                rooms.Remove(item.Name);
                return [];
            }
            rooms[item.Name] = new NodeRoom(item);
            return Woken();
        }
        if (item.Type != ResourceCatalog.Pods)
        {
            return [];
        }
        var left = change.Kind == ChangeKind.Deleted || PodResources.IsFinished(item);
        if (item.NodeName.Length > 0)
        {
            if (change.Previous?.NodeName != item.NodeName || left)
            {
                rooms.GetValueOrDefault(item.NodeName)?.Forget();
            }
            waiting.Remove(item.Key);
            return left ? Woken() : [];
        }
        if (change.Kind == ChangeKind.Deleted)
        {
            waiting.Remove(item.Key);
            return [];
        }
        return change.Kind == ChangeKind.Added ? [item.Key] : [];
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (
            Store.Get(ResourceCatalog.Pods, key.Namespace, key.Name) is not { Terminating: false, NodeName: "" } pod
            || PodResources.IsFinished(pod)
        )
        {
            waiting.Remove(key);
            return null;
        }
        var tree = pod.Open();
        if (tree.Text("spec", "schedulerName") is { Length: > 0 } other && other != Name)
        {
            return null;
        }
        var requests = PodResources.Requests(tree);
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        NodeRoom? best = null;
        var bestScore = decimal.MinValue;
        foreach (var room in rooms.Values)
        {
            if (room.Refuses(Store, tree, requests) is { } reason)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            }
            else if (
                room.Score(requests) is var score
                && (score > bestScore || (score == bestScore && string.CompareOrdinal(room.Name, best!.Name) < 0))
            )
            {
                best = room;
                bestScore = score;
            }
        }
        if (best is null)
        {
            Wait(pod, tree, reasons);
            return null;
        }
        if (!Api.Bind(Caller.System, key.Namespace, key.Name, best.Name, pod.Uid, annotations: null).Refused(out _, out var bound))
        {
            best.Take(requests);
            waiting.Remove(key);
            Api.Record(bound, "Normal", "Scheduled", $"Successfully assigned {key} to {best.Name}", Name);
        }
        return null;
    }

    private IEnumerable<ObjectKey> Woken() => waiting.ToList();

    private void Wait(StoredObject pod, JsonObject tree, Dictionary<string, int> reasons)
    {
        waiting.Add(pod.Key);
        var why = reasons.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Value} {r.Key}");
        var message = $"0/{rooms.Count} nodes are available: {string.Join(", ", why)}.";
        if (Conditions.Find(tree, "PodScheduled").Text("message") == message)
        {
            return;
        }
        Api.Change(
            Caller.System,
            pod.Type,
            pod.Namespace,
            pod.Name,
            t =>
            {
                Conditions.Set(t, "PodScheduled", "False", "Unschedulable", message, Now);
                return t;
            },
            "status"
        );
        Api.Record(pod, "Warning", "FailedScheduling", message, Name);
    }
}
