using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Quotes;

internal sealed class Quotes(
    MarketplaceDbContext db,
    ActorContext actor,
    RequestQuote request,
    QuoteViews views,
    ICapacity capacity,
    IBudgetAdmission budgets,
    IArrears arrears,
    IChangeFeed changes,
    TimeProvider time
) : IQuotes
{
    public static readonly KeySorting<Quote> Sorting = KeySorting<Quote>
        .NewestFirst("createdAt", q => q.Id)
        .By("name", q => q.Name)
        .By("total", q => q.Currency, q => q.NetMicros + q.TaxMicros)
        .By("expiresAt", q => q.ExpiresAt);

    public async Task<Outcome<QuoteView>> RequestAsync(WorkloadRequest workload, string idempotencyKey, CancellationToken ct) =>
        await WithAdmissionAsync(await request.HandleAsync(workload, idempotencyKey, hold: true, ct), ct);

    public async Task<Outcome<QuoteView>> PreviewAsync(WorkloadRequest workload, CancellationToken ct) =>
        await WithAdmissionAsync(await request.HandleAsync(workload, idempotencyKey: "", hold: false, ct), ct);

    public async Task<Outcome<QuoteView>> WithdrawAsync(string quoteId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync(t => CloseAsync(quoteId, QuoteState.Withdrawn, t), ct, o => o.IsOk);
    }

    public async Task<QuoteView?> FindAsync(string quoteId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead) && await db.Set<Quote>().FirstOrDefaultAsync(q => q.Id == quoteId, ct) is { } quote
            ? (await WithAdmissionAsync(quote, ct)).Value
            : null;

    private async Task<Outcome<QuoteView>> WithAdmissionAsync(Outcome<Quote> quote, CancellationToken ct)
    {
        if (!quote.IsOk)
            return quote.Problem;
        QuoteView view = views.Of(quote.Value);
        if (view.State != QuoteState.Issued)
            return view;
        // Whoever looks is who would accept it.
        var spend = new SpendRequest(view.Total, view.PerHour, view.ProjectId, actor.Current.MemberId);
        return view with
        {
            Budgets = await budgets.FitsAsync(view.CustomerId, spend, ct),
            PastDue = (await arrears.MineAsync(ct)).FirstOrDefault(a => a.PartyId == view.CustomerId && a.Currency == view.Currency),
        };
    }

    public async Task<Page<QuoteView>> ListAsync(QuoteQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<QuoteView>([], null, 0);
        DateTimeOffset now = time.GetUtcNow();
        IQueryable<Quote> quotes = db.Set<Quote>();
        quotes = query.State switch
        {
            null => quotes,
            QuoteState.Issued => quotes.Where(q => q.State == QuoteState.Issued && q.ExpiresAt > now),
            QuoteState.Expired => quotes.Where(q => q.State == QuoteState.Expired || (q.State == QuoteState.Issued && q.ExpiresAt <= now)),
            _ => quotes.Where(q => q.State == query.State),
        };
        if (!string.IsNullOrWhiteSpace(query.Search))
            quotes = quotes.Where(q => EF.Functions.ILike(q.Name, $"%{query.Search}%") || q.Id == query.Search);
        long total = await quotes.LongCountAsync(ct);
        return (await Sorting.PageAsync(quotes, query, total, ct)).Select(views.Of);
    }

    /// <summary>Closes every quote whose time is over and frees what it held. The worker runs it; it takes a bounded batch.</summary>
    public async Task<int> ExpireAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        var due = await db.Set<Quote>()
            .Where(q => q.State == QuoteState.Issued && q.ExpiresAt <= now)
            .OrderBy(q => q.ExpiresAt)
            .Select(q => q.Id)
            .Take(200)
            .ToListAsync(ct);
        foreach (string id in due)
            await db.InTransactionAsync(t => CloseAsync(id, QuoteState.Expired, t), ct, o => o.IsOk);
        return due.Count;
    }

    private async Task<Outcome<QuoteView>> CloseAsync(string quoteId, QuoteState to, CancellationToken ct)
    {
        Quote? quote = await db.Set<Quote>()
            .FromSql($"SELECT * FROM orders.quote WHERE id = {quoteId} FOR UPDATE")
            .SingleOrDefaultAsync(ct);
        if (quote is null)
            return Problem.NotFound("quote", quoteId);
        if (quote.State != QuoteState.Issued)
            return Problem.Conflict(
                $"quote-{quote.State.ToString().ToLowerInvariant()}",
                $"The quote is already {quote.State.ToString().ToLowerInvariant()}."
            );
        quote.MoveTo(to);
        db.Audit(to == QuoteState.Withdrawn ? "quote.withdrawn" : "quote.expired", "quote", quote.Id);
        for (int line = 1; line <= quote.Plan.Lines.Count; line++)
            await capacity.ReleaseAsync(Quote.HoldReference(quote.Id, line), ct);
        changes.Announce($"party:{quote.PartyId}");
        changes.Announce($"quote:{quote.Id}");
        await db.SaveChangesAsync(ct);
        return views.Of(quote);
    }
}
