using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Resources;

/// <summary>What a pod asks for: the sum of its containers, or an init container's peak where that is higher, plus overhead.</summary>
internal static class PodResources
{
    public static Dictionary<string, decimal> Requests(JsonObject pod) => Sum(pod.Map("spec"), "requests");

    public static Dictionary<string, decimal> Limits(JsonObject pod) => Sum(pod.Map("spec"), "limits");

    public static bool IsFinished(StoredObject pod) => pod.Phase is "Succeeded" or "Failed";

    private static Dictionary<string, decimal> Sum(JsonObject? spec, string which)
    {
        var sum = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var container in spec.Items("containers"))
        {
            foreach (var (resource, amount) in container.Map("resources", which) ?? [])
            {
                sum[resource] = sum.GetValueOrDefault(resource) + Quantity.Parse(amount?.ToString());
            }
        }
        foreach (var container in spec.Items("initContainers"))
        {
            foreach (var (resource, amount) in container.Map("resources", which) ?? [])
            {
                sum[resource] = Math.Max(sum.GetValueOrDefault(resource), Quantity.Parse(amount?.ToString()));
            }
        }
        foreach (var (resource, amount) in spec.Map("overhead") ?? [])
        {
            sum[resource] = sum.GetValueOrDefault(resource) + Quantity.Parse(amount?.ToString());
        }
        return sum;
    }
}
