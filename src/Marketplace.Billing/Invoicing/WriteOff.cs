using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>Gives up what is open of an invoice: the network's loss, by a person of the desk, with a reason.</summary>
internal sealed class WriteOff(
    MarketplaceDbContext db,
    ActorContext actor,
    Holds holds,
    LedgerWriter writer,
    IChangeFeed changes,
    TimeProvider time
)
{
    private sealed record Invoice(string CustomerId, Currency Currency, InvoiceState State, long Open, string? Number, string? Reason);

    public async Task<Outcome<Done>> RunAsync(string invoiceId, string? reason, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string why = reason?.Trim() ?? "";
        if (why.Length is < 1 or > 500)
            return Problem.Invalid("/reason", "Say in 1 to 500 characters why it is written off.", "Enter a reason for the books.");
        var owner = await db.ReadAsync(
            "select party_id, currency from billing.invoice where id = $1",
            r => (CustomerId: r.GetString(0), Currency: Currency.Parse(r.GetString(1))),
            ct,
            invoiceId
        );
        if (owner is not [var (customerId, currency)])
            return Problem.NotFound("invoice", invoiceId);
        return await db.InTransactionAsync(
            async t =>
            {
                await holds.LockWalletAsync(customerId, currency, t);
                return await WriteAsync(invoiceId, await LockAsync(invoiceId, t), why, t);
            },
            ct,
            o => o.IsOk
        );
    }

    private async Task<Outcome<Done>> WriteAsync(string id, Invoice invoice, string reason, CancellationToken ct)
    {
        // The same request again, whose answer was lost.
        if (invoice.State == InvoiceState.Uncollectible && invoice.Reason == reason)
            return Done.Value;
        if (!InvoiceStates.Table.Allows(invoice.State, InvoiceState.Uncollectible))
            return Problem.Conflict(
                "invoice-not-collectible",
                $"The invoice is {invoice.State}. Only what a final invoice leaves open can be written off."
            );
        var open = new Money(invoice.Open, invoice.Currency);
        await writer.PostOneAsync(Postings.WrittenOff(id, invoice.CustomerId, open, reason, time.GetUtcNow()), ct);
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add("update billing.invoice set state = 'Uncollectible', written_off_reason = $2 where id = $1", id, reason);
            await batch.ExecuteNonQueryAsync(ct);
        }
        db.Audit("invoice.written-off", "invoice", id, $"{invoice.Number}, {open}: {reason}");
        changes.Announce($"party:{invoice.CustomerId}");
        return Done.Value;
    }

    private async Task<Invoice> LockAsync(string id, CancellationToken ct) =>
        (
            await db.ReadAsync(
                "select party_id, currency, state, due - collected - credited, number, written_off_reason from billing.invoice where id = $1 for no key update",
                r => new Invoice(
                    r.GetString(0),
                    Currency.Parse(r.GetString(1)),
                    Enum.Parse<InvoiceState>(r.GetString(2)),
                    r.GetInt64(3),
                    r.TextOrNull(4),
                    r.TextOrNull(5)
                ),
                ct,
                id
            )
        ).Single();
}
