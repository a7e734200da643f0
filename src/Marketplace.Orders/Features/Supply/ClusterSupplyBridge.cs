using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Supply;

/// <summary>The market's view of Provisioning's inventories; the market itself does not know that room.</summary>
internal sealed class ClusterSupplyBridge(IInventories inventories) : IClusterSupply
{
    public async ValueTask<ClusterSupply?> FindAsync(string clusterId, CancellationToken ct)
    {
        ClusterInventoryView? inventory = await inventories.FindAsync(clusterId, ct);
        return inventory is { State: ClusterState.Connected }
            ? new ClusterSupply(new Cluster(inventory.ClusterId, inventory.SiteId), inventory.Nodes, inventory.Version)
            : null;
    }

    public async ValueTask<int> CapacityAsync(string clusterId, string? deviceModel, CancellationToken ct)
    {
        ClusterInventoryView? inventory = await inventories.FindAsync(clusterId, ct);
        if (inventory is null)
            return 0;
        return deviceModel is null
            ? (int)Math.Min(int.MaxValue, inventory.Nodes.Where(n => n.Schedulable).Sum(n => (long)n.CpuMilli) / 1000)
            : inventory.Nodes.Where(n => n.Schedulable).Sum(n => n.Devices.Count(d => d.Healthy && d.Model == deviceModel));
    }
}
