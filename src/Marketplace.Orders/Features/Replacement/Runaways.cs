using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>
/// Replicas that run in another place than was sold: the cluster replaced a pod before anybody here had decided, or brought back a machine that
/// was given up. Evidence counts more than a plan, so the claim follows them where their place is free.
/// </summary>
internal static class Runaways
{
    /// <summary>
    /// Pods on nodes without a fault that none of the pieces accounts for, and pieces without a pod: those a runaway may have left. A pod
    /// belongs to a piece on its cards, else to one on its node: whole cards of a node are alike, and the binder chooses among them.
    /// </summary>
    /// <param name="healthy">The pieces whose places have no fault.</param>
    public static (IReadOnlyList<WorkloadPod> Pods, IReadOnlyList<Piece> Left) Of(
        string clusterId,
        WorkloadView workload,
        IEnumerable<Piece> healthy,
        Fleet fleet
    )
    {
        // In a dedicated namespace the customer's own pods run where the namespace holds capacity.
        if (workload.Product == ProductKind.Namespace)
            return ([], []);
        var pods = workload.Pods.Where(pod => pod.Node is not null).ToList();
        var left = healthy.ToList();
        Match((pod, piece) => piece.Place.DeviceIds.SequenceEqual(pod.Devices, StringComparer.Ordinal));
        Match((_, _) => true);
        return (
            [
                .. pods.Where(pod =>
                    pod.Phase is "Pending" or "Running" && fleet.FaultOf(new CapacityPlace(NodeIds.Of(clusterId, pod.Node), null)) is null
                ),
            ],
            left
        );

        void Match(Func<WorkloadPod, Piece, bool> alike) =>
            pods.RemoveAll(pod =>
                left.Find(p => p.Place.NodeId == NodeIds.Of(clusterId, pod.Node) && alike(pod, p)) is { } piece && left.Remove(piece)
            );
    }

    /// <summary>The piece as it would be where the pod runs; null when that is not free, or not known to the card.</summary>
    /// <param name="free">The cluster's nodes, less what others have.</param>
    public static Piece? Follow(string clusterId, WorkloadPod pod, Piece piece, string? model, SupplySnapshot free)
    {
        Node? node = free.Nodes.FirstOrDefault(n => n.Id == NodeIds.Of(clusterId, pod.Node));
        CapacityGrant first = piece.Grants[0];
        if (
            node is not { Schedulable: true }
            || node.FreeCpuMilli < first.CpuMilli
            || node.FreeMemoryMib < first.HostMemoryMib
            || pod.Devices.Count != piece.Place.DeviceIds.Count
        )
            return null;
        var grants = new List<CapacityGrant>();
        for (int i = 0; i < piece.Grants.Count; i++)
        {
            CapacityGrant moved = piece.Grants[i] with { NodeId = node.Id };
            if (pod.Devices.Count > 0)
            {
                Device? device = node.Devices.FirstOrDefault(d => d.Id == pod.Devices[i]);
                bool whole = moved.ComputeMilli == Device.FullComputeMilli;
                if (
                    device is not { Healthy: true }
                    || device.Model != model
                    || device.MemoryMib < moved.MemoryMib
                    || device.FreeComputeMilli < moved.ComputeMilli
                    || device.FreeMemoryMib < (whole ? device.MemoryMib : moved.MemoryMib)
                )
                    return null;
                moved = moved with { DeviceId = device.Id, MemoryMib = whole ? device.MemoryMib : moved.MemoryMib };
            }
            grants.Add(moved);
        }
        return new Piece(new ReplicaAssignment(piece.Place.Replica, node.Id, pod.Devices), grants);
    }
}
