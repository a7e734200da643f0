using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Purchase;

internal sealed class Orders(MarketplaceDbContext db, ActorContext actor, AcceptQuote accept, PlaceDirect direct) : IOrders
{
    public static readonly KeySorting<Order> Sorting = KeySorting<Order>
        .NewestFirst("createdAt", o => o.Id)
        .By("name", o => o.Name)
        .By("held", o => o.Currency, o => o.Lines.Sum(l => l.HeldMicros))
        .By("lines", o => o.Lines.Count);

    public async Task<Outcome<OrderView>> AcceptAsync(string quoteId, string idempotencyKey, CancellationToken ct) =>
        (await accept.HandleAsync(quoteId, idempotencyKey, ct)).Map(ViewOf);

    public async Task<Outcome<OrderView>> PlaceAsync(WorkloadRequest workload, string idempotencyKey, CancellationToken ct) =>
        (await direct.HandleAsync(workload, idempotencyKey, ct)).Map(ViewOf);

    public async Task<OrderView?> FindAsync(string orderId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead)
        && await db.Set<Order>().Include(o => o.Lines).FirstOrDefaultAsync(o => o.Id == orderId, ct) is { } order
            ? ViewOf(order)
            : null;

    public async Task<Page<OrderView>> ListAsync(OrderQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<OrderView>([], null, 0);
        IQueryable<Order> orders = db.Set<Order>().Include(o => o.Lines);
        if (query.BulkOrderId is { } bulk)
            orders = orders.Where(o => o.BulkOrderId == bulk);
        if (query.State is { } state)
            orders = orders.Where(o => o.Lines.Any(l => l.State == state));
        if (!string.IsNullOrWhiteSpace(query.Search))
            orders = orders.Where(o => EF.Functions.ILike(o.Name, $"%{query.Search}%") || o.Id == query.Search);
        long total = await orders.LongCountAsync(ct);
        return (await Sorting.PageAsync(orders, query, total, ct)).Select(ViewOf);
    }

    /// <summary>The header's state is derived: the least advanced of its lines, or how they ended.</summary>
    private static LineState HeaderState(IReadOnlyList<OrderLine> lines)
    {
        var states = lines.Select(l => l.State).Distinct().ToList();
        if (states.Count == 1)
            return states[0];
        var open = states
            .Where(s =>
                s is not (LineState.Completed or LineState.Failed or LineState.Cancelled or LineState.Rejected or LineState.Partial)
            )
            .ToList();
        return open.Count > 0 ? open.Min() : LineState.Partial;
    }

    public static OrderView ViewOf(Order order)
    {
        Currency currency = Currency.Parse(order.Currency);
        var lines = order.Lines.OrderBy(l => l.Number).ToList();
        return new OrderView(
            order.Id,
            order.PartyId,
            order.Name,
            order.QuoteId,
            order.BulkOrderId,
            HeaderState(lines),
            currency,
            new Money(lines.Sum(l => l.HeldMicros), currency),
            [
                .. lines.Select(l => new OrderLineView(
                    l.Id,
                    l.Number,
                    l.State,
                    l.Description,
                    new Money(l.HeldMicros, currency),
                    l.ContractId,
                    l.Problem
                )),
            ],
            order.CreatedAt
        );
    }
}
