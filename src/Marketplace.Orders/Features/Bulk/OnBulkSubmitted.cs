using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>Works a bulk order off in steps, each in a scope of its own that acts for the customer.</summary>
internal sealed class OnBulkSubmitted(
    MarketplaceDbContext db,
    IServiceScopeFactory scopes,
    IChangeFeed changes,
    TimeProvider time,
    IOptions<OrdersOptions> options
) : IMessageHandler<BulkSubmitted>
{
    public async Task HandleAsync(BulkSubmitted message, CancellationToken ct)
    {
        // This transaction only waits while the steps run in theirs.
        await db.Database.MayIdleAsync(ct);
        BulkOrder bulk = await db.Set<BulkOrder>().FirstAsync(b => b.Id == message.BulkOrderId, ct);
        // Delivered again after it was done: nothing to do.
        if (bulk.State != BulkState.Running)
            return;
        // In the name of who submitted it: budgets of that member count its lines.
        var customer = new Actor(bulk.PartyId, PartyKinds.Customer, MemberRole.Member) { Name = bulk.Id }.OfMember(bulk.MemberId);
        while (await scopes.ActAsync<PlaceBulk, bool>(customer, p => p.StepAsync(bulk, options.Value.BulkChunk, ct))) { }
        bool none = !await db.Set<BulkLine>()
            .AnyAsync(l => l.BulkOrderId == bulk.Id && (l.Status == "accepted" || l.Status == "priced"), ct);
        bulk.State = bulk.Mode == BulkMode.Atomic && none ? BulkState.Failed : BulkState.Completed;
        bulk.FinishedAt = time.GetUtcNow();
        changes.Announce($"party:{bulk.PartyId}");
    }
}
