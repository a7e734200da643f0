using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>
/// Notices nodes that fell silent (their lease ran out), taints nodes that are not ready, evicts what does not tolerate it any longer,
/// and removes pods of nodes that are gone.
/// </summary>
internal sealed class NodeLifecycle(ClusterApi api, TimeSpan nodeGrace) : Controller(api)
{
    private const string NotReady = "node.kubernetes.io/not-ready";
    private const string Unreachable = "node.kubernetes.io/unreachable";
    private const string Unschedulable = "node.kubernetes.io/unschedulable";
    private readonly Dictionary<string, DateTimeOffset> firstSeen = new(StringComparer.Ordinal);

    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.Nodes);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        if (change.Object.Type == ResourceCatalog.Nodes)
        {
            yield return change.Object.Key;
        }
        else if (
            change.Object.Type == ResourceCatalog.Pods
            && change.Object.NodeName.Length > 0
            && change.Previous?.NodeName != change.Object.NodeName
        )
        {
            yield return new ObjectKey("", change.Object.NodeName);
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(ResourceCatalog.Nodes, "", key.Name) is not { } node)
        {
            return RemoveStranded(key.Name);
        }
        // A lease is not kept over a restart: its node gets a full grace from when it was first seen.
        firstSeen.TryAdd(key.Name, Now);
        var lease = Store.Get(ResourceCatalog.Leases, "kube-node-lease", key.Name);
        var renewed = Json.ReadTime(lease?.Open().Text("spec", "renewTime")) ?? firstSeen[key.Name];
        var left = renewed + nodeGrace - Now;
        var tree = node.Open();
        var silent = left <= TimeSpan.Zero;
        if (silent && Conditions.Find(tree, "Ready").Text("status") != "Unknown")
        {
            MarkSilent(node);
            tree = Store.Get(ResourceCatalog.Nodes, "", key.Name)!.Open();
        }
        var ready = Conditions.Find(tree, "Ready").Text("status");
        Taint(node, tree, ready);
        var eviction = ready == "True" ? null : Evict(node, tree);
        return Earlier(silent ? nodeGrace : left, eviction);
    }

    private void MarkSilent(StoredObject node) =>
        Api.Change(
            Caller.System,
            node.Type,
            "",
            node.Name,
            t =>
            {
                foreach (var condition in t.Items("status", "conditions").Select(c => c.Text("type")!).ToList())
                {
                    Conditions.Set(t, condition, "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", Now);
                }
                return t;
            },
            "status"
        );

    private void Taint(StoredObject node, JsonObject tree, string? ready)
    {
        var wanted = new List<(string Key, string Effect)>();
        if (tree.Flag("spec", "unschedulable"))
        {
            wanted.Add((Unschedulable, "NoSchedule"));
        }
        if (ready is "Unknown" or "False")
        {
            var taint = ready == "Unknown" ? Unreachable : NotReady;
            wanted.Add((taint, "NoSchedule"));
            wanted.Add((taint, "NoExecute"));
        }
        bool IsOurs(string? taint) => taint is NotReady or Unreachable or Unschedulable;
        var have = tree.Items("spec", "taints")
            .Where(t => IsOurs(t.Text("key")))
            .Select(t => (t.Text("key")!, t.Text("effect")!))
            .ToHashSet();
        if (have.SetEquals(wanted))
        {
            return;
        }
        Api.Change(
            Caller.System,
            node.Type,
            "",
            node.Name,
            t =>
            {
                var taints = t.Ensure("spec").EnsureList("taints");
                foreach (
                    var old in taints
                        .OfType<JsonObject>()
                        .Where(x => IsOurs(x.Text("key")) && !wanted.Contains((x.Text("key")!, x.Text("effect")!)))
                        .ToList()
                )
                {
                    taints.Remove(old);
                }
                foreach (var (taint, effect) in wanted.Where(w => !have.Contains(w)))
                {
                    var added = new JsonObject { ["key"] = taint, ["effect"] = effect };
                    if (effect == "NoExecute")
                    {
                        added["timeAdded"] = Json.Time(Now);
                    }
                    taints.Add(added);
                }
                if (taints.Count == 0)
                {
                    t.Ensure("spec").Remove("taints");
                }
                return t;
            },
            subresource: null
        );
    }

    private TimeSpan? Evict(StoredObject node, JsonObject before)
    {
        var tree = Store.Get(node.Type, "", node.Name)?.Open() ?? before;
        var taint = tree.Items("spec", "taints")
            .FirstOrDefault(t => t.Text("effect") == "NoExecute" && t.Text("key") is (NotReady or Unreachable));
        if (taint is null)
        {
            return null;
        }
        var since = Json.ReadTime(taint.Text("timeAdded")) ?? Now;
        TimeSpan? next = null;
        foreach (var pod in Store.PodsOn(node.Name).Where(p => !p.Terminating && !PodResources.IsFinished(p)))
        {
            var body = pod.Open();
            SetNotReady(pod, body);
            var tolerations = body.Items("spec", "tolerations").Where(t => Tolerations.Tolerates(t, taint)).ToList();
            if (tolerations.Any(t => t["tolerationSeconds"] is null))
            {
                continue;
            }
            var patience = tolerations.Count == 0 ? 0 : tolerations.Min(t => t.Whole("tolerationSeconds") ?? 0);
            var left = since.AddSeconds(patience) - Now;
            if (left > TimeSpan.Zero)
            {
                next = Earlier(next, left);
                continue;
            }
            Api.Record(pod, "Normal", "TaintManagerEviction", $"Marking for deletion Pod {pod.Key}", "taint-eviction-controller");
            Api.Delete(Caller.System, pod.Type, pod.Namespace, pod.Name, new DeleteWish { Uid = pod.Uid });
        }
        return next;
    }

    private void SetNotReady(StoredObject pod, JsonObject body)
    {
        if (!Conditions.Is(body, "Ready"))
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
                Conditions.Set(t, "Ready", "False", "NodeNotReady", "the pod's node is not ready", Now);
                return t;
            },
            "status"
        );
    }

    // Pods of a node that no longer exists have nobody to end them.
    private TimeSpan? RemoveStranded(string nodeName)
    {
        firstSeen.Remove(nodeName);
        foreach (var pod in Store.PodsOn(nodeName))
        {
            Api.Delete(Caller.System, pod.Type, pod.Namespace, pod.Name, new DeleteWish { Uid = pod.Uid, GraceSeconds = 0 });
        }
        return null;
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) =>
        a is null ? b
        : b is null || a < b ? a
        : b;
}
