using Marketplace.Market.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>
/// A cluster's machines changed, or capacity on it was freed: contracts with a place that can serve no longer, and those that wait for one, are
/// decided again, each in a transaction of its own.
/// </summary>
internal sealed class OnSupplyChanged(
    MarketplaceDbContext db,
    IInventories inventories,
    ICapacity capacity,
    IServiceScopeFactory scopes,
    IOutbox outbox,
    TimeProvider time,
    IOptions<OrdersOptions> options
) : IMessageHandler<InventoryChanged>, IMessageHandler<PlacesFreed>
{
    /// <summary>Contracts of one message; the rest follows in the next.</summary>
    public const int Batch = 100;

    public async Task HandleAsync(InventoryChanged message, CancellationToken ct)
    {
        // An older version has been overtaken: the message of the newer one is on its way.
        if (await inventories.FindAsync(message.ClusterId, ct) is { State: ClusterState.Connected } now && now.Version <= message.Version)
            await RunAsync(now, after: null, ct);
    }

    public async Task HandleAsync(PlacesFreed message, CancellationToken ct)
    {
        if (await inventories.FindAsync(message.ClusterId, ct) is { State: ClusterState.Connected } now)
            await RunAsync(now, message.After, ct);
    }

    private async Task RunAsync(ClusterInventoryView inventory, string? after, CancellationToken ct)
    {
        var fleet = new Fleet(inventory, time.GetUtcNow(), options.Value.FaultPatience);
        DateTimeOffset? lookAgainAt = null;
        var lost = await capacity.SoldOnAsync(inventory.ClusterId, IsLost, ct);
        if (lookAgainAt is not null)
            outbox.Publish(new PlacesFreed(inventory.ClusterId), notBefore: lookAgainAt);
        var waiting = await db.Set<Contract>()
            .Where(c => c.ClusterId == inventory.ClusterId && c.EndedAt == null && (c.PlaceLostSince != null || c.PlaceUnsettled))
            .Select(c => c.Id)
            .ToListAsync(ct);
        var due = lost.Union(waiting, StringComparer.Ordinal)
            .Where(id => string.CompareOrdinal(id, after) > 0)
            .Order(StringComparer.Ordinal)
            .ToList();
        // This transaction only waits while the contracts are decided in theirs.
        await db.Database.MayIdleAsync(ct);
        foreach (string contract in due.Take(Batch))
            await scopes.ActAsync<ReplaceContract, bool>(Actor.System, r => r.RunAsync(contract, ct));
        if (due.Count > Batch)
            outbox.Publish(new PlacesFreed(inventory.ClusterId, due[Batch - 1]), key: inventory.ClusterId);
        await db.SaveChangesAsync(ct);

        bool IsLost(CapacityPlace place)
        {
            if (fleet.DoubtEndsAt(place) is { } end && !(lookAgainAt <= end))
                lookAgainAt = end;
            return fleet.FaultOf(place) is not null;
        }
    }
}
