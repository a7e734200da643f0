using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Clusters;

internal sealed class ClusterDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    ConnectClusterHandler connect,
    IInventories inventories,
    IChangeFeed changes
) : IClusters
{
    public async Task<Outcome<ClusterView>> ConnectAsync(ConnectCluster request, CancellationToken ct)
    {
        var connected = await connect.HandleAsync(request, ct);
        return connected.IsOk ? await ViewAsync(connected.Value, ct) : connected.Problem;
    }

    public async Task<Outcome<ClusterView>> DisconnectAsync(string clusterId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.SupplyWrite) is { } refused)
            return refused;
        ClusterRow? cluster = await db.Set<ClusterRow>()
            .FirstOrDefaultAsync(c => c.Id == clusterId && c.PartyId == actor.Current.PartyId, ct);
        if (cluster is null)
            return Problem.NotFound("cluster", clusterId);
        int running = await db.Set<Workload>().CountAsync(w => w.ClusterId == clusterId && w.Phase != WorkloadPhase.Terminated, ct);
        if (running > 0)
            return Problem.Conflict(
                "cluster-in-use",
                Plural.Write(
                    $"{running} {running:contract still runs|contracts still run} on this cluster. Withdraw its listings and wait until {running:it has|they have} ended."
                )
            );
        if (cluster.State == ClusterState.Disconnected)
            return Problem.Conflict("cluster-disconnected", "This cluster is disconnected already.");
        cluster.MoveTo(ClusterState.Disconnected);
        db.Audit("cluster.disconnected", "cluster", cluster.Id, cluster.Name);
        // What is not kept cannot leak.
        cluster.EncryptedKubeconfig = "";
        Announce(cluster);
        await db.SaveChangesAsync(ct);
        return await ViewAsync(cluster, ct);
    }

    public async Task<IReadOnlyList<ClusterView>> ListAsync(CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.SupplyRead))
            return [];
        var rows = await db.Set<ClusterRow>().AsNoTracking().OrderBy(c => c.CreatedAt).ThenBy(c => c.Id).ToListAsync(ct);
        var views = new List<ClusterView>(rows.Count);
        foreach (ClusterRow row in rows)
            views.Add(await ViewAsync(row, ct));
        return views;
    }

    public async Task<ClusterView?> FindAsync(string clusterId, CancellationToken ct) =>
        actor.Current.Allows(Permission.SupplyRead)
        && await db.Set<ClusterRow>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == clusterId, ct) is { } row
            ? await ViewAsync(row, ct)
            : null;

    public async Task<ClusterInventoryView?> InventoryAsync(string clusterId, CancellationToken ct) =>
        // The row is visible to its center only: the filter is the owner check.
        actor.Current.Allows(Permission.SupplyRead) && await db.Set<ClusterRow>().AnyAsync(c => c.Id == clusterId, ct)
            ? await inventories.FindAsync(clusterId, ct)
            : null;

    private void Announce(ClusterRow cluster)
    {
        foreach (string topic in new[] { "clusters", "market", $"cluster:{cluster.Id}", $"party:{cluster.PartyId}" })
            changes.Announce(topic);
    }

    private async Task<ClusterView> ViewAsync(ClusterRow row, CancellationToken ct)
    {
        var inventory = await inventories.FindAsync(row.Id, ct);
        IReadOnlyList<FleetNode> fleet = inventory?.Fleet ?? [];
        return new ClusterView(
            row.Id,
            row.PartyId,
            row.SiteId,
            row.Name,
            row.State,
            row.Version,
            row.Server,
            row.LastError,
            row.LastContactAt,
            row.CreatedAt,
            fleet.Count,
            fleet.Count(n => n.Ready),
            [
                .. fleet
                    .SelectMany(n => n.Devices)
                    .GroupBy(d => d.Model, StringComparer.Ordinal)
                    .OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => CountOf(g.Key, [.. g], inventory!)),
            ],
            fleet.Count(n => n.UnknownAccelerator is not null),
            inventory?.Version ?? 0
        );
    }

    private static DeviceCount CountOf(string model, List<FleetDevice> devices, ClusterInventoryView inventory)
    {
        string stack = inventory.Nodes.SelectMany(n => n.Devices).FirstOrDefault(d => d.Model == model)?.Stack ?? "";
        return new DeviceCount(
            devices[0].Vendor,
            model,
            stack,
            devices.Min(d => d.MemoryMib),
            devices.Count,
            devices.Count(d => d.Healthy),
            devices.Count(d => d is { Healthy: true, UsedComputeMilli: 0, UsedMemoryMib: 0 })
        );
    }
}
