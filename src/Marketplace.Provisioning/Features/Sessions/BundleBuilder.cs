using System.Globalization;
using System.Text.Json;
using Marketplace.Clusters;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Workloads;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Workloads;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>A stored workload as the bundle its cluster is to have. Pure: the same row gives the same bundle.</summary>
internal static class BundleBuilder
{
    /// <summary>Pod annotation that only simulated nodes read.</summary>
    public const string SimulatedRunSeconds = "simulator.compute/run-seconds";

    public static ClusterResult<DesiredBundle> Build(Workload workload, AcceleratorCatalogue catalogue)
    {
        var desired =
            JsonSerializer.Deserialize<DeployWorkload>(workload.Desired, ProvisioningJson.Options)
            ?? throw new InvalidOperationException($"Workload {workload.Id} has no desired state.");
        var bundle = new WorkloadManifests(catalogue)
            .Build(ToSpec(desired, workload.NotAfter), workload.Generation)
            .Map(b => desired.Product == ProductKind.Namespace ? b with { Space = Space(desired) } : b with { Places = Places(desired) });
        return workload.StopRequested ? bundle.Map(b => b.Stop(workload.Generation))
            : workload.SuspendRequested ? bundle.Map(b => b.Suspend(workload.Generation))
            : bundle;
    }

    private static IReadOnlyList<string> Places(DeployWorkload desired) =>
        [
            .. desired
                .Roles.SelectMany(r => r.Placements)
                .OrderBy(p => p.Replica)
                .Select(p => NodeIds.NameIn(desired.ClusterId, p.NodeId))
                .OfType<string>(),
        ];

    // A namespace holds what was sold: its customer decides when to use it, and the capacity must be there then.
    private static SoldSpace? Space(DeployWorkload desired)
    {
        var pieces =
            from role in desired.Roles
            from place in role.Placements
            orderby place.Replica
            let node = NodeIds.NameIn(desired.ClusterId, place.NodeId)
            where node is not null
            select new SoldPiece(node, role.CpuMilli, role.HostMemoryMib, Ask(role), place.DeviceIds);
        return pieces.ToList() is { Count: > 0 } sold ? new SoldSpace(sold) : null;
    }

    private static AcceleratorAsk? Ask(WorkloadRole role) =>
        role.DeviceModel is null
            ? null
            : new AcceleratorAsk(
                role.DeviceModel,
                role.CardsPerReplica,
                role.ComputeMilli,
                role.ComputeMilli >= 1000 ? 0 : role.MemoryMibPerCard
            );

    private static WorkloadSpec ToSpec(DeployWorkload desired, DateTimeOffset notAfter)
    {
        WorkloadRole role = desired.Roles is [var only] ? only : throw new InvalidOperationException("A contract runs exactly one role.");
        var annotations = desired.SimulatedRun is { } run
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [SimulatedRunSeconds] = ((long)run.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            }
            : [];
        AcceleratorAsk? ask = Ask(role);
        var container = new ContainerSpec
        {
            Image = role.Image.Length > 0 ? role.Image : "none",
            Command = role.Command,
            Environment = role.Environment,
            CpuMilli = role.CpuMilli,
            MemoryMib = role.HostMemoryMib,
            Accelerators = ask,
        };
        return desired.Product switch
        {
            ProductKind.Job => new BatchJobSpec
            {
                ContractId = desired.ContractId,
                TenantId = desired.CustomerId,
                Annotations = annotations,
                NotAfter = notAfter,
                Container = container,
                Completions = role.Replicas,
                Parallelism = role.Replicas,
            },
            ProductKind.GangJob => new GangJobSpec
            {
                ContractId = desired.ContractId,
                TenantId = desired.CustomerId,
                Annotations = annotations,
                NotAfter = notAfter,
                Container = container,
                Replicas = role.Replicas,
            },
            ProductKind.Endpoint => new EndpointSpec
            {
                ContractId = desired.ContractId,
                TenantId = desired.CustomerId,
                Annotations = annotations,
                NotAfter = notAfter,
                Container = container,
                Replicas = role.Replicas,
                Port = role.Port ?? throw new InvalidOperationException("An endpoint has a port: the order checked it."),
            },
            ProductKind.Namespace => new DedicatedNamespaceSpec
            {
                ContractId = desired.ContractId,
                TenantId = desired.CustomerId,
                NotAfter = notAfter,
                CpuMilli = (long)role.CpuMilli * role.Replicas,
                MemoryMib = (long)role.HostMemoryMib * role.Replicas,
                Accelerators = ask is null ? [] : [ask with { Cards = role.CardsPerReplica * role.Replicas }],
            },
            _ => throw new InvalidOperationException($"Product {desired.Product} has no manifest."),
        };
    }
}
