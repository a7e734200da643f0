using System.Collections.Concurrent;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Provisioning.Features.Inventory;

/// <summary>
/// Inventories for placement, cached per process: one small query tells whether the version is still current, the large content is read
/// and parsed only when it changed.
/// </summary>
internal sealed class Inventories(IServiceScopeFactory scopes) : IInventories
{
    private readonly ConcurrentDictionary<string, ClusterInventoryView> cache = new(StringComparer.Ordinal);

    public async ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        var head = await db.Set<ClusterRow>()
            .Where(c => c.Id == clusterId)
            .Select(c => new
            {
                c.SiteId,
                c.State,
                c.InventoryVersion,
            })
            .FirstOrDefaultAsync(ct);
        if (head is null)
            return null;
        if (cache.TryGetValue(clusterId, out var cached) && cached.Version == head.InventoryVersion)
            return cached.State == head.State ? cached : Keep(cached with { State = head.State });
        InventoryRow? row = await db.Set<InventoryRow>().AsNoTracking().FirstOrDefaultAsync(i => i.ClusterId == clusterId, ct);
        if (row is null)
            return new ClusterInventoryView(clusterId, head.SiteId, head.State, 0, [], [], DateTimeOffset.MinValue);
        var content = StoredInventory.FromJson(row.Content);
        return Keep(new ClusterInventoryView(clusterId, head.SiteId, head.State, row.Version, content.Nodes, content.Fleet, row.At));
    }

    private ClusterInventoryView Keep(ClusterInventoryView view) => cache[view.ClusterId] = view;
}
