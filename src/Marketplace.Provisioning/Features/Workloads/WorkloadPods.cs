using System.Text.Json;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;

namespace Marketplace.Provisioning.Features.Workloads;

/// <summary>The stored pods of a workload.</summary>
internal static class WorkloadPods
{
    public static IReadOnlyList<WorkloadPod> Of(Workload workload) =>
        JsonSerializer.Deserialize<IReadOnlyList<WorkloadPod>>(workload.Pods, ProvisioningJson.Options) ?? [];
}
