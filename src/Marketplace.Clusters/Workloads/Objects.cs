using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>Small pieces every manifest is made of.</summary>
internal static class Objects
{
    public static JsonObject Of(KubeResource kind, WorkloadSpec spec, string name, string? ns, string? role = null, bool shared = false)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns is not null && kind.Namespaced)
        {
            metadata["namespace"] = ns;
        }

        metadata["labels"] = Labels(spec, role, shared);
        metadata["annotations"] = shared
            ? new JsonObject { [Marks.Scope] = Marks.ScopeTenant }
            : new JsonObject { [Marks.ContractId] = spec.ContractId };
        return new JsonObject
        {
            ["apiVersion"] = kind.ApiVersion,
            ["kind"] = kind.Kind,
            ["metadata"] = metadata,
        };
    }

    public static JsonObject Labels(WorkloadSpec spec, string? role = null, bool shared = false)
    {
        var labels = new JsonObject { [Marks.ManagedBy] = Marks.ManagedByValue, [Marks.Tenant] = WorkloadNames.LabelOf(spec.TenantId) };
        if (shared)
        {
            return labels;
        }

        labels[Marks.Contract] = WorkloadNames.LabelOf(spec.ContractId);
        if (spec.BundleId is { Length: > 0 } bundle)
        {
            labels[Marks.Bundle] = WorkloadNames.LabelOf(bundle);
        }

        if (role is not null)
        {
            labels[Marks.Role] = role;
        }

        return labels;
    }

    public static JsonObject Selector(WorkloadSpec spec) => new() { [Marks.Contract] = WorkloadNames.LabelOf(spec.ContractId) };

    public static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode?)t)]);

    public static JsonArray Array(params JsonNode[] nodes) => new(nodes);

    /// <summary>Quantities are always quoted: server-side apply wants them so.</summary>
    public static JsonNode Cpu(long milli) => Quantity.FromMilli(milli).ToString();

    public static JsonNode Mib(long mib) => Quantity.FromMib(mib).ToString();

    public static JsonNode Count(long count) => count.ToString(CultureInfo.InvariantCulture);
}
