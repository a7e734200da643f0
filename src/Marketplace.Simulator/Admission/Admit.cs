using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>The admission chain of a create: limit ranges, priority, pod security, quota last (it counts what the others made).</summary>
internal static class Admit
{
    /// <summary>What admission fills in before validation: defaults of the namespace, the priority's number.</summary>
    public static ApiFailure? Fill(ClusterStore store, ResourceType type, JsonObject tree)
    {
        if (type != ResourceCatalog.Pods)
        {
            return null;
        }
        var name = tree.Text("metadata", "name") ?? "";
        return LimitRanges.Apply(store, tree.Text("metadata", "namespace") ?? "", name, tree) ?? Priority(store, name, tree);
    }

    /// <summary>The refusal, or null; <paramref name="charge"/> books the object on its quotas and runs with the commit.</summary>
    public static ApiFailure? Check(ClusterStore store, ResourceType type, JsonObject tree, out Action? charge)
    {
        charge = null;
        var ns = tree.Text("metadata", "namespace") ?? "";
        var name = tree.Text("metadata", "name") ?? "";
        if (type == ResourceCatalog.Pods && PodSecurity.Check(store, ns, name, tree) is { } insecure)
        {
            return insecure;
        }
        return ns.Length > 0 ? Quotas.Check(store, type, ns, name, tree, out charge) : null;
    }

    private static ApiFailure? Priority(ClusterStore store, string name, JsonObject tree)
    {
        var spec = tree.Ensure("spec");
        if (spec.Text("priorityClassName") is not { Length: > 0 } className)
        {
            spec.Default("priority", 0);
            return null;
        }
        if (store.Get(ResourceCatalog.PriorityClasses, "", className) is not { } found)
        {
            return ApiFailure.Forbidden(ResourceCatalog.Pods, name, $"no PriorityClass with name {className} was found");
        }
        var priority = found.Open();
        spec["priority"] = priority.Whole("value") ?? 0;
        if (priority.Text("preemptionPolicy") is { } policy)
        {
            spec["preemptionPolicy"] = policy;
        }
        return null;
    }
}
