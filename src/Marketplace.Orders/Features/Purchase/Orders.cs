using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Purchase;

internal sealed class Orders(MarketplaceDbContext db, ActorContext actor, AcceptQuote accept, PlaceDirect direct, IProjects projects)
    : IOrders
{
    public static readonly KeySorting<Order> Sorting = KeySorting<Order>
        .NewestFirst("createdAt", o => o.Id)
        .By("name", o => o.Name)
        .By("held", o => o.Currency, o => o.Lines.Sum(l => l.HeldMicros))
        .By("lines", o => o.Lines.Count);

    public async Task<Outcome<OrderView>> AcceptAsync(string quoteId, string idempotencyKey, CancellationToken ct) =>
        await NamedAsync(await accept.HandleAsync(quoteId, idempotencyKey, ct), ct);

    public async Task<Outcome<OrderView>> PlaceAsync(WorkloadRequest workload, string idempotencyKey, CancellationToken ct) =>
        await NamedAsync(await direct.HandleAsync(workload, idempotencyKey, ct), ct);

    public async Task<OrderView?> FindAsync(string orderId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead)
        && await db.Set<Order>().Include(o => o.Lines).FirstOrDefaultAsync(o => o.Id == orderId, ct) is { } order
            ? (await ViewsAsync([order], ct))[0]
            : null;

    public async Task<Page<OrderView>> ListAsync(OrderQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<OrderView>([], null, 0);
        IQueryable<Order> orders = db.Set<Order>().Include(o => o.Lines);
        if (query.BulkOrderId is { } bulk)
            orders = orders.Where(o => o.BulkOrderId == bulk);
        if (query.ProjectId is { } project)
            orders = orders.Where(o => o.ProjectId == project);
        if (query.MemberId is { } member)
            orders = orders.Where(o => o.MemberId == member);
        if (query.State is { } state)
            orders = orders.Where(o => o.Lines.Any(l => l.State == state));
        if (!string.IsNullOrWhiteSpace(query.Search))
            orders = orders.Where(o => EF.Functions.ILike(o.Name, $"%{query.Search}%") || o.Id == query.Search);
        long total = await orders.LongCountAsync(ct);
        var page = await Sorting.PageAsync(orders, query, total, ct);
        return new Page<OrderView>(await ViewsAsync(page.Items, ct), page.NextCursor, page.Total);
    }

    private async Task<Outcome<OrderView>> NamedAsync(Outcome<Order> order, CancellationToken ct) =>
        order.IsOk ? (await ViewsAsync([order.Value], ct))[0] : order.Problem;

    private async Task<IReadOnlyList<OrderView>> ViewsAsync(IReadOnlyList<Order> orders, CancellationToken ct)
    {
        var names = await projects.NamesAsync([.. orders.Select(o => o.ProjectId).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
        return [.. orders.Select(o => ViewOf(o, names))];
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

    private static OrderView ViewOf(Order order, IReadOnlyDictionary<string, string> projectNames)
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
        )
        {
            ProjectId = order.ProjectId,
            ProjectName = order.ProjectId is { } project ? projectNames.GetValueOrDefault(project) : null,
            MemberId = order.MemberId,
        };
    }
}
