using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Clusters.Workloads;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;

namespace Marketplace.Provisioning.Features.Workloads;

internal static class ProvisioningJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };
}

internal static class WorkloadViews
{
    public static WorkloadView Of(Workload workload, IReadOnlyList<WorkloadEventRow> events)
    {
        return new WorkloadView(
            workload.Id,
            workload.ContractId,
            workload.ClusterId,
            workload.Product,
            workload.Phase,
            workload.Generation,
            workload.ObservedGeneration,
            workload.DesiredReplicas,
            workload.ReadyReplicas,
            workload.FinishedReplicas,
            Endpoint(workload),
            WorkloadPods.Of(workload),
            [.. events.Select(e => new WorkloadEvent(e.At, e.Code, e.Arguments, e.Text, e.Severity, e.Raw))],
            workload.ReadyAt,
            workload.EndedAt,
            workload.FailureCode,
            workload.FailureText
        );
    }

    /// <summary>The in-cluster address of an endpoint's Service.</summary>
    private static string? Endpoint(Workload workload)
    {
        if (workload.Product != ProductKind.Endpoint)
            return null;
        var desired = JsonSerializer.Deserialize<DeployWorkload>(workload.Desired, ProvisioningJson.Options);
        return desired?.Roles is [{ Port: { } port }, ..]
            ? $"http://{WorkloadNames.Of(workload.ContractId)}.{WorkloadNames.NamespaceOf(workload.CustomerId)}.svc:{port}"
            : null;
    }
}
