using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Purchase;

/// <summary>An order without a quote that anybody sees: decided first, then money held and capacity sold in one transaction.</summary>
internal sealed class PlaceDirect(MarketplaceDbContext db, ActorContext actor, RequestQuote quotes, OrderWriter writer)
{
    public async Task<Outcome<Order>> HandleAsync(WorkloadRequest workload, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        string hash = RequestQuote.Hash(workload);
        if (await EarlierAsync(hash, idempotencyKey, ct) is { } earlier)
            return earlier;
        var order = await quotes.PlaceAsync(
            workload,
            $"order:{idempotencyKey}",
            hash,
            compare: false,
            (quote, t) => PlaceAsync(quote, hash, idempotencyKey, t),
            ct
        );
        // A twin of this request may have taken what this one was refused for.
        return order.IsOk ? order : await EarlierAsync(hash, idempotencyKey, ct) ?? order;
    }

    private async Task<Outcome<Order>> PlaceAsync(Quote quote, string hash, string idempotencyKey, CancellationToken ct)
    {
        await db.LockKeyAsync("order", quote.PartyId, idempotencyKey, ct);
        // The key may have been used since it was looked for.
        if (await EarlierAsync(hash, idempotencyKey, ct) is { } earlier)
            return earlier;
        OrderDraft draft = writer.Draft(quote, idempotencyKey, bulkOrderId: null, quote.CreatedAt);
        if ((await writer.HoldAsync([draft], ct))[0] is { } missing)
            return missing;
        if ((await writer.SellAsync([draft], ct))[0] is { } taken)
            return taken;
        await writer.WriteAsync([draft], quote.CreatedAt, ct);
        return draft.Order;
    }

    private async Task<Outcome<Order>?> EarlierAsync(string hash, string idempotencyKey, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        Order? earlier = await db.Set<Order>()
            .Include(o => o.Lines)
            .FirstOrDefaultAsync(o => o.PartyId == party && o.IdempotencyKey == idempotencyKey, ct);
        if (earlier is null)
            return null;
        return await db.Set<Quote>().AnyAsync(q => q.Id == earlier.QuoteId && q.RequestHash == hash, ct) ? earlier : Problem.KeyReused();
    }
}
