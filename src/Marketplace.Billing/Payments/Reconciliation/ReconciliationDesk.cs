using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Reconciliation;

/// <summary>The network desk's look at the comparison, and what it says about the differences.</summary>
internal sealed class ReconciliationDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    Reconcile reconcile,
    ReconciliationStore store,
    WebhookInbox inbox,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IReconciliation
{
    private const int MaxExplanation = 500;
    private const int MostParked = 50;

    public static readonly KeySorting<BreakRow> Sorting = KeySorting<BreakRow>
        .NewestFirst("foundAt", b => b.Id)
        .By("kind", b => b.Kind.ToString());

    public async Task<Outcome<ReconciliationView>> ReadAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        var cursor = await store.CursorAsync(ct);
        var balances = await db.ReadAsync(
            "select currency, ours, theirs_available, theirs_pending from billing.psp_balance order by currency",
            r => (Currency: Currency.TryParse(r.GetString(0)), Ours: r.GetInt64(1), Available: r.GetInt64(2), Pending: r.GetInt64(3)),
            ct
        );
        var parked = await db.ReadAsync(
            """
            select id, type, object_id, received_at, attempts, last_error from billing.inbox
            where parked_at is not null and handled_at is null order by parked_at desc limit $1
            """,
            r => new ParkedEvent(r.GetString(0), r.GetString(1), r.GetString(2), r.Instant(3), r.GetInt32(4), r.TextOrNull(5)),
            ct,
            MostParked
        );
        return new ReconciliationView(
            options.Value.Stripe.IsOn,
            cursor?.FinishedAt,
            cursor?.ReadThrough,
            (await db.ReadAsync("select count(*) from billing.psp_txn", r => r.GetInt64(0), ct)).Single(),
            await db.Set<BreakRow>().LongCountAsync(b => b.ResolvedAt == null, ct),
            [
                .. balances
                    .Where(b => b.Currency is not null)
                    .Select(b => new BalanceComparison(
                        new Money(b.Ours, b.Currency!),
                        new Money(b.Available, b.Currency!),
                        new Money(b.Pending, b.Currency!)
                    )),
            ],
            parked
        );
    }

    public async Task<Outcome<Page<BreakView>>> BreaksAsync(BreakQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<BreakRow> rows = db.Set<BreakRow>().AsNoTracking().Where(b => (b.ResolvedAt != null) == query.Resolved);
        if (query.Kind is { } kind)
            rows = rows.Where(b => b.Kind == kind);
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(rows, query, total, ct)).Select(View);
    }

    public async Task<Outcome<int>> RunAsync(CancellationToken ct) =>
        actor.Current.Check(Permission.PlatformWrite) is { } refused ? refused : await reconcile.CompareAsync(ct);

    public async Task<Outcome<BreakView>> ResolveAsync(string breakId, string explanation, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string why = explanation?.Trim() ?? "";
        if (why.Length is 0 or > MaxExplanation)
            return Problem.Invalid(
                "/explanation",
                $"An explanation of 1 to {MaxExplanation} characters is needed.",
                "Say why the two sides differ and what was done about it."
            );
        return await db.InTransactionAsync(
            async t =>
            {
                BreakRow? row = await db.Set<BreakRow>()
                    .FromSql($"select * from billing.recon_break where id = {breakId} for update")
                    .AsTracking()
                    .FirstOrDefaultAsync(t);
                if (row is null)
                    return Problem.NotFound("difference", breakId);
                if (row.ResolvedAt is not null)
                    return Problem.Conflict("break-resolved", $"This was resolved before by {row.ResolvedBy}: {row.Explanation}");
                (row.ResolvedAt, row.ResolvedBy, row.Explanation) = (time.GetUtcNow(), Who(actor.Current), why);
                db.Audit("reconciliation.resolved", "difference", breakId, why);
                changes.Announce(Reconcile.Topic);
                await db.SaveChangesAsync(t);
                return Outcome<BreakView>.Ok(View(row));
            },
            ct,
            o => o.IsOk
        );
    }

    public async Task<Outcome<Done>> RetryAsync(string eventId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await inbox.RetryAsync(eventId, ct) ? Done.Value : Problem.NotFound("parked event", eventId);
    }

    private static string Who(Actor by) =>
        by.IsSystem ? BreakRows.Itself + " (asked)"
        : by.Name is { Length: > 0 } name ? name
        : by.PartyId;

    private static BreakView View(BreakRow row)
    {
        Currency? currency = Currency.TryParse(row.Currency);
        Money? Of(long? micros) => micros is { } value && currency is not null ? new Money(value, currency) : null;
        return new BreakView(
            row.Id,
            row.Kind,
            row.Subject,
            Of(row.Ours),
            Of(row.Theirs),
            row.Detail,
            row.FoundAt,
            row.SeenAt,
            row.ResolvedAt,
            row.ResolvedBy,
            row.Explanation
        );
    }
}
