using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>
/// ResourceQuota: refuses a create above the hard limit, and books an admitted one in the same commit, so that two creates cannot
/// both take the last card. The quota controller recounts when objects go.
/// </summary>
internal static class Quotas
{
    private static readonly HashSet<string> CountedByPlural = new(StringComparer.Ordinal)
    {
        "pods",
        "services",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "replicationcontrollers",
        "resourcequotas",
    };

    public static ApiFailure? Check(ClusterStore store, ResourceType type, string ns, string name, JsonObject tree, out Action? charge)
    {
        charge = null;
        var quotas = store.List(ResourceCatalog.ResourceQuotas, ns, Selector.Everything).Items;
        if (quotas.Count == 0)
        {
            return null;
        }
        var usage = UsageOf(type, tree);
        var booked = new List<(StoredObject Quota, JsonObject Tree)>();
        foreach (var quota in quotas)
        {
            var quotaTree = quota.Open();
            var hard = quotaTree.Map("spec", "hard") ?? [];
            if (type == ResourceCatalog.Pods && MissingRequest(hard, tree) is { } missing)
            {
                return ApiFailure.Forbidden(type, name, $"failed quota: {quota.Name}: must specify {missing}");
            }
            var touched = hard.Where(h => usage.GetValueOrDefault(h.Key) > 0).ToList();
            if (touched.Count == 0)
            {
                continue;
            }
            var used = quotaTree.Ensure("status").Ensure("used");
            var over = touched
                .Where(h => Quantity.Parse(used[h.Key]?.ToString()) + usage[h.Key] > Quantity.Parse(h.Value?.ToString()))
                .Select(h => h.Key)
                .Order(StringComparer.Ordinal)
                .ToList();
            if (over.Count > 0)
            {
                string Each(Func<string, string> amount) => string.Join(",", over.Select(r => $"{r}={amount(r)}"));
                return ApiFailure.Forbidden(
                    type,
                    name,
                    $"exceeded quota: {quota.Name}, requested: {Each(r => Quantity.Write(r, usage[r]))}, used: {Each(r => used[r]?.ToString() ?? "0")}, limited: {Each(r => hard[r]!.ToString())}"
                );
            }
            foreach (var (resource, _) in touched)
            {
                used[resource] = Quantity.Write(resource, Quantity.Parse(used[resource]?.ToString()) + usage[resource]);
            }
            booked.Add((quota, quotaTree));
        }
        charge = () => booked.ForEach(b => store.Put(b.Quota.Type, b.Tree));
        return null;
    }

    /// <summary>The usage of a whole namespace under one quota, counted from the objects.</summary>
    public static JsonObject Recount(ClusterStore store, string ns, JsonObject hard)
    {
        var used = hard.ToDictionary(h => h.Key, _ => 0m, StringComparer.Ordinal);
        foreach (var type in ResourceCatalog.All.Where(t => t.Namespaced && hard.Any(h => Touches(t, h.Key))))
        {
            foreach (var item in store.List(type, ns, Selector.Everything).Items)
            {
                if (type == ResourceCatalog.Pods && PodResources.IsFinished(item))
                {
                    continue;
                }
                foreach (var (resource, amount) in UsageOf(type, item.Open()))
                {
                    if (used.TryGetValue(resource, out var sum))
                    {
                        used[resource] = sum + amount;
                    }
                }
            }
        }
        return Json.FromText(used.Select(u => KeyValuePair.Create(u.Key, Quantity.Write(u.Key, u.Value))));
    }

    private static bool Touches(ResourceType type, string key) =>
        key == type.Plural
        || key == "count/" + type.Qualified
        || (type == ResourceCatalog.Services && key.StartsWith("services.", StringComparison.Ordinal))
        || (type == ResourceCatalog.Claims && key.EndsWith("storage", StringComparison.Ordinal))
        || (type == ResourceCatalog.Pods && !CountedByPlural.Contains(key) && !key.StartsWith("count/", StringComparison.Ordinal));

    private static Dictionary<string, decimal> UsageOf(ResourceType type, JsonObject tree)
    {
        var usage = new Dictionary<string, decimal>(StringComparer.Ordinal) { ["count/" + type.Qualified] = 1 };
        if (CountedByPlural.Contains(type.Plural))
        {
            usage[type.Plural] = 1;
        }
        if (type == ResourceCatalog.Pods)
        {
            foreach (var (resource, amount) in PodResources.Requests(tree))
            {
                usage["requests." + resource] = amount;
                if (resource is "cpu" or "memory" or "ephemeral-storage")
                {
                    usage[resource] = amount;
                }
            }
            foreach (var (resource, amount) in PodResources.Limits(tree))
            {
                usage["limits." + resource] = amount;
            }
        }
        else if (type == ResourceCatalog.Services)
        {
            // A load balancer opens node ports too.
            var kind = tree.Text("spec", "type");
            usage["services.loadbalancers"] = kind == "LoadBalancer" ? 1 : 0;
            usage["services.nodeports"] = kind is "NodePort" or "LoadBalancer" ? tree.Items("spec", "ports").Count() : 0;
        }
        else if (type == ResourceCatalog.Claims)
        {
            usage["requests.storage"] = Quantity.Parse(tree.At("spec", "resources", "requests", "storage")?.ToString());
        }
        return usage;
    }

    // As the real quota does for cpu and memory: what is limited must be stated, or nobody could count it.
    private static string? MissingRequest(JsonObject hard, JsonObject pod)
    {
        foreach (
            var (key, which, resource) in new[]
            {
                ("requests.cpu", "requests", "cpu"),
                ("cpu", "requests", "cpu"),
                ("requests.memory", "requests", "memory"),
                ("memory", "requests", "memory"),
                ("limits.cpu", "limits", "cpu"),
                ("limits.memory", "limits", "memory"),
            }
        )
        {
            if (!hard.ContainsKey(key))
            {
                continue;
            }
            foreach (var container in pod.Items("spec", "containers"))
            {
                if (container.At("resources", which, resource) is null)
                {
                    return $"{key} for: {container.Text("name")}";
                }
            }
        }
        return null;
    }
}
