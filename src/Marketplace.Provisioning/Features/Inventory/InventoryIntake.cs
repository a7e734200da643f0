using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Spaces;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Inventory;

/// <summary>Stores a cluster's inventory when it really changed, under the next version.</summary>
internal sealed class InventoryIntake(MarketplaceDbContext db, IOutbox outbox, IChangeFeed changes, TimeProvider time)
{
    /// <param name="holdings">What contracts have of the nodes.</param>
    public Task<bool> StoreAsync(string clusterId, ClusterInventory inventory, IReadOnlyList<Holding> holdings, CancellationToken ct)
    {
        var stored = InventoryViews.Of(clusterId, inventory, holdings);
        string content = stored.ToJson();
        return db.InTransactionAsync(
            async t =>
            {
                ClusterRow? cluster = await db.Set<ClusterRow>()
                    .FromSql($"SELECT * FROM provisioning.cluster WHERE id = {clusterId} FOR UPDATE")
                    .SingleOrDefaultAsync(t);
                if (cluster is null)
                    return false;
                InventoryRow? row = await db.Set<InventoryRow>().FirstOrDefaultAsync(i => i.ClusterId == clusterId, t);
                if (row is not null && StoredInventory.SameText(row.Content, content))
                    return false;
                cluster.InventoryVersion++;
                if (row is null)
                    db.Add(
                        new InventoryRow
                        {
                            ClusterId = clusterId,
                            PartyId = cluster.PartyId,
                            Version = cluster.InventoryVersion,
                            At = time.GetUtcNow(),
                            Content = content,
                        }
                    );
                else
                    (row.Version, row.At, row.Content) = (cluster.InventoryVersion, time.GetUtcNow(), content);
                outbox.Publish(new InventoryChanged(clusterId, cluster.InventoryVersion), key: clusterId);
                foreach (string topic in new[] { "market", $"cluster:{clusterId}", $"party:{cluster.PartyId}" })
                    changes.Announce(topic);
                await db.SaveChangesAsync(t);
                return true;
            },
            ct
        );
    }
}

/// <summary>From the cluster's inventory to the scheduler's nodes (net of foreign use) and the fleet view. Pure.</summary>
internal static class InventoryViews
{
    public static StoredInventory Of(string clusterId, ClusterInventory inventory, IReadOnlyList<Holding> holdings)
    {
        var byNode = holdings.ToLookup(h => h.Node, StringComparer.Ordinal);
        var nodes = new List<Node>(inventory.Nodes.Count);
        var fleet = new List<FleetNode>(inventory.Nodes.Count);
        var supply = inventory.ToSchedulerNodes(clusterId).ToDictionary(n => n.Id, StringComparer.Ordinal);
        foreach (InventoryNode node in inventory.Nodes)
        {
            var own = byNode[node.Name].ToList();
            var ownByDevice = own.SelectMany(h => h.Devices.Select(d => (d, h.ContractId))).ToLookup(p => p.d.Id, StringComparer.Ordinal);
            if (supply.TryGetValue(node.Name, out Node? free))
                nodes.Add(GiveBack(clusterId, free, own, ownByDevice));
            fleet.Add(FleetOf(clusterId, node, ownByDevice));
        }
        return new StoredInventory(nodes, fleet);
    }

    // What our own contracts use is subtracted by the market's claims, not here: twice would hide capacity.
    private static Node GiveBack(
        string clusterId,
        Node free,
        List<Holding> own,
        ILookup<string, (DeviceAssignment Device, string ContractId)> ownByDevice
    ) =>
        free with
        {
            Id = NodeIds.Of(clusterId, free.Id),
            // Claims count devices, processors and memory; how many pods a node takes is the binder's business.
            FreePods = null,
            FreeCpuMilli = (int)Math.Min(free.CpuMilli, free.FreeCpuMilli + own.Sum(h => h.CpuMilli)),
            FreeMemoryMib = (int)Math.Min(free.MemoryMib, free.FreeMemoryMib + own.Sum(h => h.MemoryMib)),
            Devices =
            [
                .. free.Devices.Select(d =>
                    d with
                    {
                        FreeComputeMilli = Math.Min(
                            Device.FullComputeMilli,
                            d.FreeComputeMilli + ownByDevice[d.Id].Sum(o => o.Device.ComputeMilli)
                        ),
                        FreeMemoryMib = Math.Min(d.MemoryMib, d.FreeMemoryMib + ownByDevice[d.Id].Sum(o => o.Device.MemoryMib)),
                    }
                ),
            ],
        };

    private static FleetNode FleetOf(
        string clusterId,
        InventoryNode node,
        ILookup<string, (DeviceAssignment Device, string ContractId)> ownByDevice
    ) =>
        new(
            NodeIds.Of(clusterId, node.Name),
            node.Name,
            node.Architecture ?? CpuArchitecture.X64,
            node.Rack,
            node.IsReady,
            !node.IsReady ? "not-ready"
                : node.IsCordoned ? "cordoned"
                : node.IsOversold ? "oversold"
                : null,
            node.CpuMilli,
            node.MemoryMib,
            node.FreeCpuMilli,
            [.. node.Devices.Select(d => FleetDeviceOf(d, [.. ownByDevice[d.Id]]))],
            node.Unknown.Count > 0 ? $"{node.Unknown[0].Resource}: {node.Unknown[0].Why}" : null,
            node.NotReadySince
        );

    private static FleetDevice FleetDeviceOf(InventoryDevice device, List<(DeviceAssignment Device, string ContractId)> own)
    {
        int usedCompute = Device.FullComputeMilli - device.FreeComputeMilli;
        int usedMemory = device.MemoryMib - device.FreeMemoryMib;
        return new FleetDevice(
            device.Id,
            device.Vendor,
            device.Model,
            device.MemoryMib,
            device.Healthy,
            usedCompute,
            usedMemory,
            own.Count > 0 ? own[0].ContractId : null,
            usedCompute > own.Sum(o => o.Device.ComputeMilli)
        );
    }
}
