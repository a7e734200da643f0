using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>Fills in a namespace's container defaults and refuses what is under its minimum or over its maximum.</summary>
internal static class LimitRanges
{
    public static ApiFailure? Apply(ClusterStore store, string ns, string podName, JsonObject pod)
    {
        foreach (var range in store.List(ResourceCatalog.LimitRanges, ns, Selector.Everything).Items)
        {
            foreach (var limit in range.Open().Items("spec", "limits").Where(l => l.Text("type") == "Container"))
            {
                foreach (var container in pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers")))
                {
                    Fill(container, "limits", limit.Map("default"));
                    Fill(container, "requests", limit.Map("defaultRequest"));
                    if (Outside(container, limit) is { } why)
                    {
                        return ApiFailure.Forbidden(ResourceCatalog.Pods, podName, why);
                    }
                }
            }
        }
        return null;
    }

    private static void Fill(JsonObject container, string which, JsonObject? defaults)
    {
        if (defaults is null)
        {
            return;
        }
        var amounts = container.Ensure("resources").Ensure(which);
        foreach (var (resource, amount) in defaults)
        {
            amounts.Default(resource, amount!.DeepClone());
        }
    }

    private static string? Outside(JsonObject container, JsonObject limit)
    {
        foreach (var (resource, max) in limit.Map("max") ?? [])
        {
            var asked = container.At("resources", "limits", resource);
            if (Quantity.Parse(asked?.ToString()) > Quantity.Parse(max?.ToString()))
            {
                return $"maximum {resource} usage per Container is {max}, but limit is {asked}";
            }
        }
        foreach (var (resource, min) in limit.Map("min") ?? [])
        {
            var asked = container.At("resources", "requests", resource);
            if (Quantity.Parse(asked?.ToString()) < Quantity.Parse(min?.ToString()))
            {
                return $"minimum {resource} usage per Container is {min}, but request is {asked?.ToString() ?? "0"}";
            }
        }
        return null;
    }
}
