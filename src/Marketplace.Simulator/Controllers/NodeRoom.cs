using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>What one node can still take: its allocatable less the requests of its pods, counted again whenever that changed.</summary>
internal sealed class NodeRoom
{
    private readonly StoredObject node;
    private readonly bool unschedulable;
    private readonly IReadOnlyList<JsonObject> taints;
    private readonly Dictionary<string, decimal> allocatable = new(StringComparer.Ordinal);
    private readonly bool hasDevices;
    private Dictionary<string, decimal>? free;

    public NodeRoom(StoredObject node)
    {
        this.node = node;
        var tree = node.Open();
        unschedulable = tree.Flag("spec", "unschedulable");
        taints = [.. tree.Items("spec", "taints").Where(t => t.Text("effect") is "NoSchedule" or "NoExecute")];
        foreach (var (resource, amount) in tree.Map("status", "allocatable") ?? [])
        {
            allocatable[resource] = Quantity.Parse(amount?.ToString());
        }
        hasDevices = allocatable.Any(a => IsDevice(a.Key) && a.Value > 0);
    }

    public string Name => node.Name;

    public void Forget() => free = null;

    public void Take(Dictionary<string, decimal> requests)
    {
        if (free is null)
        {
            return;
        }
        foreach (var (resource, amount) in requests)
        {
            free[resource] = free.GetValueOrDefault(resource) - amount;
        }
        free["pods"] = free.GetValueOrDefault("pods") - 1;
    }

    /// <summary>Why this node cannot take the pod, in the scheduler's usual words; null when it can.</summary>
    public string? Refuses(ClusterStore store, JsonObject pod, Dictionary<string, decimal> requests)
    {
        if (unschedulable)
        {
            return "node(s) were unschedulable";
        }
        if (!node.Ready)
        {
            return "node(s) were not ready";
        }
        foreach (var taint in taints)
        {
            if (!pod.Items("spec", "tolerations").Any(t => Tolerations.Tolerates(t, taint)))
            {
                return $"node(s) had untolerated taint {{{taint.Text("key")}: {taint.Text("value")}}}";
            }
        }
        if (!MatchesSelector(pod))
        {
            return "node(s) didn't match Pod's node affinity/selector";
        }
        free ??= Count(store);
        if (free.GetValueOrDefault("pods") < 1)
        {
            return "Too many pods";
        }
        foreach (var (resource, amount) in requests)
        {
            if (amount > free.GetValueOrDefault(resource))
            {
                return $"Insufficient {resource}";
            }
        }
        return null;
    }

    /// <summary>How full the node is with this pod on it: the mean share of what the pod asks for.</summary>
    public decimal Score(Dictionary<string, decimal> requests)
    {
        var shares = new List<decimal>();
        foreach (var (resource, amount) in requests)
        {
            if (allocatable.TryGetValue(resource, out var all) && all > 0)
            {
                shares.Add((all - free!.GetValueOrDefault(resource) + amount) / all);
            }
        }
        // A pod without accelerators should not sit on a node that has them.
        var wastes = hasDevices && !requests.Keys.Any(IsDevice);
        var share = shares.Count == 0 ? 0 : shares.Average();
        return wastes ? share - 1 : share;
    }

    private static bool IsDevice(string resource) => resource.Contains('/', StringComparison.Ordinal);

    private Dictionary<string, decimal> Count(ClusterStore store)
    {
        var room = new Dictionary<string, decimal>(allocatable, StringComparer.Ordinal);
        foreach (var pod in store.PodsOn(node.Name).Where(p => !PodResources.IsFinished(p)))
        {
            foreach (var (resource, amount) in pod.Requests)
            {
                room[resource] = room.GetValueOrDefault(resource) - amount;
            }
            room["pods"] = room.GetValueOrDefault("pods") - 1;
        }
        return room;
    }

    private bool MatchesSelector(JsonObject pod)
    {
        foreach (var (key, value) in pod.TextMap("spec", "nodeSelector"))
        {
            if (node.Labels.GetValueOrDefault(key) != value)
            {
                return false;
            }
        }
        var required = pod.Map("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
        // Terms are alternatives; the expressions within one must all hold.
        return required is null || required.Items("nodeSelectorTerms").Any(MatchesTerm);
    }

    private bool MatchesTerm(JsonObject term)
    {
        foreach (var field in term.Items("matchFields"))
        {
            var names = field.At("values") as JsonArray ?? [];
            if (field.Text("key") != "metadata.name" || names.Any(n => n?.ToString() == node.Name) != (field.Text("operator") == "In"))
            {
                return false;
            }
        }
        foreach (var expression in term.Items("matchExpressions"))
        {
            if (expression.Text("operator") is "Gt" or "Lt")
            {
                var limit = Quantity.Parse((expression.At("values") as JsonArray)?[0]?.ToString());
                if (
                    !Quantity.TryParse(node.Labels.GetValueOrDefault(expression.Text("key") ?? ""), out var value)
                    || (expression.Text("operator") == "Gt" ? value <= limit : value >= limit)
                )
                {
                    return false;
                }
            }
        }
        var plain = new JsonArray([
            .. term.Items("matchExpressions").Where(e => e.Text("operator") is not ("Gt" or "Lt")).Select(e => e.DeepClone()),
        ]);
        return Selector.MatchesLabels(new JsonObject { ["matchExpressions"] = plain }, node.Labels);
    }
}
