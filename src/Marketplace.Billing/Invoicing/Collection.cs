using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Pays open invoices from a customer's credit, the oldest first, then what was lent on its credit line. Runs whenever credit appears: top-up, release,
/// new invoice.
/// </summary>
internal sealed class Collection(
    MarketplaceDbContext db,
    Holds holds,
    LedgerWriter writer,
    Lending lending,
    IdFactory ids,
    TimeProvider time
)
{
    /// <returns>What was collected and given back.</returns>
    public async Task<Money> CollectAsync(string customerId, Currency currency, CancellationToken ct)
    {
        long available = (await holds.LockWalletAsync(customerId, currency, ct)).Available;
        if (available == 0)
            return Money.Zero(currency);
        var open = await db.ReadAsync(
            """
            select id, due - collected - credited, collected from billing.invoice
            where party_id = $1 and currency = $2 and state = 'Final' order by issued_at, id for no key update
            """,
            r => (Id: r.GetString(0), Open: r.GetInt64(1), Collected: r.GetInt64(2)),
            ct,
            customerId,
            currency.Code
        );
        var drafts = new List<JournalDraft>();
        var paid = new List<(string Id, long Micros)>();
        long left = available;
        foreach (var invoice in open)
        {
            long amount = Math.Min(left, invoice.Open);
            if (amount == 0)
                break;
            drafts.Add(Postings.Collect(invoice.Id, customerId, new Money(amount, currency), invoice.Collected, time.GetUtcNow()));
            paid.Add((invoice.Id, amount));
            left -= amount;
        }
        foreach (var (draft, posted) in drafts.Zip(await writer.PostAsync(drafts, ct)))
        {
            if (posted.Status != PostedStatus.Posted)
                throw LedgerWriter.KeyReused(draft);
        }
        await MarkAsync(paid, ct);
        if (left > 0 && await lending.OfAsync(customerId, currency, ct) is { Advanced: > 0 } lent)
        {
            var back = new Money(Math.Min(left, lent.Advanced), currency);
            await writer.PostOneAsync(Postings.AdvanceBack(customerId, back, ids.New(IdPrefix.Operation), time.GetUtcNow()), ct);
            left -= back.Micros;
        }
        return new Money(available - left, currency);
    }

    private async Task MarkAsync(List<(string Id, long Micros)> paid, CancellationToken ct)
    {
        if (paid.Count == 0)
            return;
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            update billing.invoice i
            set collected = i.collected + w.micros, state = case when i.collected + w.micros + i.credited = i.due then 'Paid' else i.state end
            from unnest($1, $2) w (id, micros) where i.id = w.id
            """,
            (string[])[.. paid.Select(p => p.Id)],
            (long[])[.. paid.Select(p => p.Micros)]
        );
        await batch.ExecuteNonQueryAsync(ct);
    }
}
