using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Binding;

/// <summary>
/// Places what customers run in dedicated namespaces, through the same scheduler core as everything else: to it, a dedicated namespace is a small
/// cluster of the pieces that were sold with it, and nothing else exists. Only a piece whose node is broken may be made good elsewhere.
/// </summary>
internal sealed class SpacePlaces(string clusterId, LiveCluster live, AcceleratorCatalogue catalogue)
{
    /// <param name="inventory">The cluster's nodes, with what namespaces hold of them.</param>
    /// <param name="waiting">The customers' waiting pods.</param>
    /// <param name="rest">Everything that is not held; taken from only for what broke.</param>
    /// <param name="most">Pods to place at most.</param>
    /// <param name="placed">Where pods go.</param>
    /// <param name="refused">Why others wait.</param>
    public void Place(
        ClusterInventory inventory,
        IEnumerable<KubePod> waiting,
        PlacementTrial rest,
        int most,
        List<PlannedPod> placed,
        List<(IReadOnlyList<KubePod> Pods, string Why)> refused
    )
    {
        var byName = inventory.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        foreach (
            var pods in waiting.GroupBy(p => p.Metadata.Namespace!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
        )
        {
            var space = live.SpaceOf(pods.Key);
            var mayLeave =
                space is null || space.Pieces.Any(p => byName.GetValueOrDefault(p.Node) is not { IsSellable: true, IsSchedulable: true });
            using var held = Scheduler.BeginTrial(Held(pods.Key, inventory));
            foreach (var pod in pods.OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Key, StringComparer.Ordinal))
            {
                if (placed.Count >= most)
                {
                    return;
                }

                var group = PodGroup.Of([pod], [], CustomerAsk.Of(pod, space?.Models ?? ModelsOf(inventory), catalogue));
                if (!group.IsOk)
                {
                    refused.Add(([pod], group.Error.Message));
                    continue;
                }

                var decision = held.PlaceOnCluster(clusterId, group.Value.Request);
                if (decision is not Placed && mayLeave)
                {
                    decision = rest.PlaceOnCluster(clusterId, group.Value.Request);
                }

                if (decision is Placed at)
                {
                    placed.Add(Plan(pod, at.Roles[0].Replicas[0], byName));
                }
                else
                {
                    var why = decision.Explanation.ToEnglish().ReplaceLineEndings(" ").Trim();
                    refused.Add(([pod], $"What was bought with this namespace has no room for it: {why}"));
                }
            }
        }
    }

    private SupplySnapshot Held(string ns, ClusterInventory inventory)
    {
        var nodes =
            from node in inventory.Nodes
            where node.IsSellable
            from space in node.Spaces
            where space.Namespace == ns
            select Of(node, space);
        return new SupplySnapshotBuilder()
            .Add(new Site(clusterId, clusterId, "", "", SiteTier.Cloud, ""))
            .Add(new Cluster(clusterId, clusterId))
            .AddRange(nodes)
            .Build();
    }

    private Node Of(InventoryNode node, HeldSpace space)
    {
        var held = space.Devices.ToDictionary(d => d.Sold.Id, StringComparer.Ordinal);
        return node.ToScheduler(clusterId) with
        {
            // The center's node may have shrunk since the sale.
            CpuMilli = Math.Max(node.CpuMilli, space.FreeCpuMilli),
            FreeCpuMilli = space.FreeCpuMilli,
            MemoryMib = Math.Max(node.MemoryMib, space.FreeMemoryMib),
            FreeMemoryMib = space.FreeMemoryMib,
            Devices =
            [
                .. node
                    .Devices.Where(d => held.ContainsKey(d.Id))
                    .Select(d =>
                        d.ToScheduler() with
                        {
                            FreeComputeMilli = held[d.Id].FreeComputeMilli,
                            FreeMemoryMib = held[d.Id].FreeMemoryMib,
                        }
                    ),
            ],
        };
    }

    // Nobody said what was sold: any model the cluster has may be meant, and the quota says how many.
    private static IEnumerable<string> ModelsOf(ClusterInventory inventory) =>
        inventory.Nodes.SelectMany(n => n.Devices).Select(d => d.Model).Distinct(StringComparer.OrdinalIgnoreCase);

    private static PlannedPod Plan(KubePod pod, ReplicaPlacement place, Dictionary<string, InventoryNode> nodes)
    {
        var models = nodes[place.NodeId].Devices.ToDictionary(d => d.Id, d => d.Model, StringComparer.Ordinal);
        return new PlannedPod(
            pod,
            place.NodeId,
            [.. place.Devices.Select(d => new DeviceAssignment(d.DeviceId, models[d.DeviceId], d.ComputeMilli, d.MemoryMib))],
            Rank: null
        );
    }
}
