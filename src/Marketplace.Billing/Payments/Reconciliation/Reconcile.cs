using System.Diagnostics.Metrics;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Reconciliation;

/// <summary>
/// Compares Stripe's balance with our books: reads its transactions since the last time and some way back, books what only it knows (payouts to our
/// bank, its own fees), and writes every difference down.
/// </summary>
internal sealed partial class Reconcile(
    StripeClient stripe,
    ReconciliationStore store,
    LedgerWriter writer,
    MarketplaceDbContext db,
    IChangeFeed changes,
    OpenBreaks openBreaks,
    IOptions<BillingOptions> options,
    TimeProvider time,
    ILogger<Reconcile> logger
)
{
    /// <summary>Announced after each run.</summary>
    public const string Topic = "reconciliation";

    /// <summary>How far back each run looks again: a change or a loss in there is found.</summary>
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(30);

    private sealed record Read(IReadOnlyList<PspTransaction> Transactions, StripeBalance Balance);

    /// <summary>The job.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!options.Value.Stripe.IsOn)
            return 0;
        var open = await CompareAsync(ct);
        return open.Match(count => count, problem => throw new InvalidOperationException(problem.Detail));
    }

    /// <returns>How many breaks are open.</returns>
    public async Task<Outcome<int>> CompareAsync(CancellationToken ct)
    {
        if (!options.Value.Stripe.IsOn)
            return Problem.Conflict("payments-not-connected", "No payment provider is connected. Set Billing:Stripe:SecretKey.");
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset since =
            (await store.CursorAsync(ct))?.ReadThrough - LookBack
            ?? await store.FirstPaymentAsync(ct) - TimeSpan.FromDays(1)
            ?? now - LookBack;
        // All network calls come first; the writing transaction makes none.
        var read = await ReadAsync(since, ct);
        if (!read.IsOk)
            return read.Problem;
        int open = await db.InTransactionAsync(t => WriteAsync(read.Value, since, now, t), ct);
        openBreaks.Set(open);
        if (open > 0)
            LogBreaks(open);
        return open;
    }

    private async Task<Outcome<Read>> ReadAsync(DateTimeOffset since, CancellationToken ct)
    {
        var found = new List<PspTransaction>();
        string? after = null;
        while (true)
        {
            var page = await stripe.ListBalanceTransactionsAsync(since, after, ct);
            if (page.Error is { } error)
                return error.IsUnknown ? StripePaymentMethods.Unavailable() : throw error.ToBug();
            found.AddRange(page.Must().Data.Select(Transaction));
            if (!page.Must().HasMore)
                break;
            after = page.Must().Data[^1].Id;
        }
        var balance = await stripe.GetBalanceAsync(ct);
        if (balance.Error is { } failed)
            return failed.IsUnknown ? StripePaymentMethods.Unavailable() : throw failed.ToBug();
        return new Read(found, balance.Must());
    }

    private async Task<int> WriteAsync(Read read, DateTimeOffset since, DateTimeOffset now, CancellationToken ct)
    {
        await db.TakeTurnAsync("billing.reconcile", ct);
        var breaks = Matching.Compare(read.Transactions, await store.KeptAsync(since, ct)).ToList();
        await store.KeepAsync(read.Transactions, now, ct);
        await BookAsync(read.Transactions, ct);
        List<PspTransaction> all = [.. read.Transactions, .. await store.OpenOnesAsync(since, ct)];
        var sources = await SourcesAsync(all, ct);
        var keys = sources.Values.Where(s => s.Key is not null).Select(s => s.Key!.Value).Distinct().ToList();
        breaks.AddRange(Matching.Compare(all, sources, await store.JournalsAsync(keys, ct), now));
        breaks.AddRange(await store.MissingAsync(now - Matching.Grace, ct));
        breaks.AddRange(await BalancesAsync(read.Balance, now, ct));
        int open = await store.WriteBreaksAsync(breaks, now, ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.psp_cursor (read_through, finished_at) values ({now}, {now})
            on conflict (only_row) do update set read_through = excluded.read_through, finished_at = excluded.finished_at
            """,
            ct
        );
        changes.Announce(Topic);
        return open;
    }

    /// <summary>Books what only the provider knows of. Each transaction's id is its key, so a repetition books nothing.</summary>
    private async Task BookAsync(IEnumerable<PspTransaction> read, CancellationToken ct)
    {
        foreach (PspTransaction one in read.OrderBy(t => t.CreatedAt).ThenBy(t => t.Id, StringComparer.Ordinal))
        {
            if (Currency.TryParse(one.Currency) is not { } currency)
                continue;
            if (Matching.IsOwnFee(one.Type))
                await PostAsync(Postings.ProviderFee(one.Id, new Money(-one.Net, currency), one.CreatedAt), ct);
            else if (Matching.IsPayout(one.Type))
                await PostAsync(Postings.Swept(one.Id, new Money(-one.Net, currency), one.CreatedAt), ct);
            else if (Matching.IsReturnedPayout(one.Type) && await SweptAsync(one.Source, ct) is { } swept)
                await PostAsync(Postings.SweepReturned(one.Id, swept, new Money(one.Net, currency), one.CreatedAt), ct);
        }
    }

    /// <summary>A transaction that says something else than when it was booked is a break, and its first booking stays.</summary>
    private async Task PostAsync(JournalDraft draft, CancellationToken ct)
    {
        Posted posted = (await writer.PostAsync([draft], ct))[0];
        if (posted.Status == PostedStatus.Conflict)
            LogOther(draft.Key);
    }

    private async Task<string?> SweptAsync(string? payout, CancellationToken ct)
    {
        var rows = await Data.Sql.ReadAsync(
            db,
            """
            select j.id from billing.psp_txn t join billing.journal j on j.source = 'sweep' and j.idem_key = t.id
            where t.source = $1 and t.type = 'payout'
            """,
            r => r.GetString(0),
            ct,
            payout
        );
        return rows.SingleOrDefault();
    }

    private async Task<Dictionary<string, KnownSource>> SourcesAsync(IReadOnlyCollection<PspTransaction> transactions, CancellationToken ct)
    {
        var rows = await store.SourcesAsync([.. transactions.Select(t => t.Source).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
        var sums = transactions
            .Where(t => t.Source is not null)
            .GroupBy(t => t.Source!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(t => t.Net), StringComparer.Ordinal);
        var known = new Dictionary<string, KnownSource>(StringComparer.Ordinal);
        foreach (PspTransaction one in transactions)
        {
            if (Of(one, rows, sums) is { } source)
                known[one.Id] = source;
        }
        return known;
    }

    private static KnownSource? Of(PspTransaction one, Dictionary<string, SourceRow> rows, Dictionary<string, long> sums)
    {
        if (Matching.IsOwnFee(one.Type))
            return new KnownSource(new JournalKey("provider-fee", one.Id));
        if (Matching.IsPayout(one.Type) || Matching.IsReturnedPayout(one.Type))
            return new KnownSource(new JournalKey("sweep", one.Id));
        if (one.Source is null)
            return null;
        if (rows.GetValueOrDefault(one.Source) is not { } row)
            return null;
        return (row.Kind, one.Type) switch
        {
            ("payment", "charge" or "payment") => new KnownSource(new JournalKey("payment", row.Id)),
            // Taken back before it was ever booked as paid: gone and back, and nothing of it in our books.
            ("payout", _) when !row.Settled && sums[one.Source] == 0 => new KnownSource(null),
            ("payout", "transfer") => new KnownSource(new JournalKey("payout", row.Id + "/paid")),
            ("payout", Matching.TransferReversal) => new KnownSource(new JournalKey("payout", row.Id + "/reversed")),
            // Failed before it was ever booked as paid: the same.
            ("refund", _) when !row.Settled && sums[one.Source] == 0 => new KnownSource(null),
            ("refund", "refund" or "payment_refund") => new KnownSource(new JournalKey("refund", row.Id + "/settled")),
            ("refund", "refund_failure" or "payment_failure_refund") => new KnownSource(new JournalKey("refund", row.Id + "/came-back")),
            ("dispute", "adjustment") => new KnownSource(new JournalKey("dispute", one.Amount < 0 ? row.Id : row.Id + "/closed")),
            _ => null,
        };
    }

    private async Task<List<FoundBreak>> BalancesAsync(StripeBalance balance, DateTimeOffset now, CancellationToken ct)
    {
        var ours = await store.OursAsync(ct);
        long Of(IReadOnlyList<StripeAmount> amounts, string currency) =>
            amounts
                .Where(a => string.Equals(a.Currency, currency, StringComparison.OrdinalIgnoreCase))
                .Sum(a => StripeMoney.ToMicros(a.Amount, currency));
        var breaks = new List<FoundBreak>();
        var currencies = balance.Available.Concat(balance.Pending).Select(a => a.Currency.ToUpperInvariant()).Union(ours.Keys);
        foreach (string currency in currencies.Order(StringComparer.Ordinal))
        {
            long available = Of(balance.Available, currency);
            long pending = Of(balance.Pending, currency);
            long booked = ours.GetValueOrDefault(currency);
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into billing.psp_balance (currency, ours, theirs_available, theirs_pending, compared_at)
                values ({currency}, {booked}, {available}, {pending}, {now})
                on conflict (currency) do update set ours = excluded.ours, theirs_available = excluded.theirs_available,
                    theirs_pending = excluded.theirs_pending, compared_at = excluded.compared_at
                """,
                ct
            );
            if (booked != available + pending)
                breaks.Add(
                    new FoundBreak(
                        BreakKind.Balance,
                        currency,
                        currency,
                        booked,
                        available + pending,
                        "The balances differ by what is not booked or not listed"
                    )
                );
        }
        return breaks;
    }

    private static PspTransaction Transaction(StripeBalanceTransaction moved)
    {
        string currency = moved.Currency.ToUpperInvariant();
        return new PspTransaction(
            moved.Id,
            moved.Type,
            moved.ReportingCategory,
            // A reversal is kept as what became of its transfer, which is what we know it by.
            moved.Type == Matching.TransferReversal
            && moved.Source?.As<StripeTransferReversal>()?.Transfer is { Id: var transfer }
                ? transfer
                : moved.Source?.Id,
            currency,
            StripeMoney.ToMicros(moved.Amount, currency),
            StripeMoney.ToMicros(moved.Fee, currency),
            DateTimeOffset.FromUnixTimeSeconds(moved.Created),
            DateTimeOffset.FromUnixTimeSeconds(moved.AvailableOn)
        );
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Reconciliation: {Count} differences with the payment provider are open")]
    private partial void LogBreaks(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Transaction {Id} says something else than when it was booked")]
    private partial void LogOther(string id);
}

/// <summary>How many breaks the last run left open, as a gauge for alerts: <c>marketplace.billing.reconciliation.open_breaks</c>.</summary>
internal sealed class OpenBreaks
{
    private readonly Gauge<int> gauge;

    public OpenBreaks(IMeterFactory meters) =>
        gauge = meters
            .Create("Marketplace.Billing")
            .CreateGauge<int>(
                "marketplace.billing.reconciliation.open_breaks",
                "{break}",
                "Differences with the payment provider that are open"
            );

    public void Set(int count) => gauge.Record(count);
}
