using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Purchase;

/// <summary>
/// Quote → order → contracts: money held, capacity sold, terms registered and desired state written, in one commit or not at all.
/// </summary>
internal sealed class AcceptQuote(
    MarketplaceDbContext db,
    ActorContext actor,
    ICapacity capacity,
    OrderWriter writer,
    IProjects projects,
    IChangeFeed changes,
    TimeProvider time
)
{
    public Task<Outcome<Order>> HandleAsync(string quoteId, string idempotencyKey, CancellationToken ct) =>
        db.InTransactionAsync(t => RunAsync(quoteId, idempotencyKey, t), ct, o => o.IsOk);

    private async Task<Outcome<Order>> RunAsync(string quoteId, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        await db.LockKeyAsync("order", actor.Current.PartyId, idempotencyKey, ct);
        // The row lock makes two clicks, two tabs or two replicas take turns.
        Quote? quote = await db.Set<Quote>()
            .FromSql($"SELECT * FROM orders.quote WHERE id = {quoteId} FOR UPDATE")
            .SingleOrDefaultAsync(ct);
        if (quote is null)
            return Problem.NotFound("quote", quoteId);
        Order? earlier = await db.Set<Order>()
            .Include(o => o.Lines)
            .FirstOrDefaultAsync(o => o.PartyId == quote.PartyId && o.IdempotencyKey == idempotencyKey, ct);
        if (earlier is not null)
        {
            return earlier.QuoteId == quoteId ? earlier : Problem.KeyReused();
        }
        DateTimeOffset now = time.GetUtcNow();
        if (NotAcceptable(quote, now) is { } no)
            return no;
        if (quote.ProjectId is { } project && await projects.FindAsync(project, ct) is { State: ProjectState.Archived } archived)
            return Problem.Conflict(
                "project-archived",
                $"The project '{archived.Name}' is archived. Restore it, or request a quote for another."
            );
        return await OrderAsync(quote, idempotencyKey, now, ct);
    }

    private static Problem? NotAcceptable(Quote quote, DateTimeOffset now) =>
        quote.State switch
        {
            QuoteState.Accepted => Problem.Conflict("quote-accepted", $"This quote was accepted already; its order is {quote.OrderId}."),
            QuoteState.Withdrawn => Problem.Conflict("quote-withdrawn", "This quote was withdrawn. Request a new one."),
            QuoteState.Expired => Expired(quote),
            _ => quote.ExpiresAt <= now ? Expired(quote) : null,
        };

    private static Problem Expired(Quote quote) =>
        new(
            ProblemKind.Gone,
            "quote-expired",
            "The quote has expired",
            $"It held price and capacity until {quote.ExpiresAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC. Request a new quote."
        )
        {
            Errors = [new FieldError("/quoteId", "This quote has expired.", "Request a new quote with the same content.")],
        };

    private async Task<Outcome<Order>> OrderAsync(Quote quote, string idempotencyKey, DateTimeOffset now, CancellationToken ct)
    {
        OrderDraft draft = writer.Draft(quote, idempotencyKey, bulkOrderId: null, now);
        // Money before capacity, always in this order.
        if ((await writer.HoldAsync([draft], ct))[0] is { } missing)
            return missing;
        foreach (var (_, number) in quote.Plan.InLockOrder())
        {
            var sold = await capacity.SellAsync(Quote.HoldReference(quote.Id, number), draft.Contracts[number - 1].Id, ct);
            if (!sold.IsOk)
                return sold.Problem;
        }
        changes.Announce($"quote:{quote.Id}");
        await writer.WriteAsync([draft], now, ct);
        return draft.Order;
    }
}
