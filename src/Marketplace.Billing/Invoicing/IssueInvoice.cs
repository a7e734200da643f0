using System.Globalization;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Makes an invoice final: a line per contract and price, a gapless number, the postings, payment from credit and the message that it is
/// there, in one transaction.
/// </summary>
internal sealed class IssueInvoice(
    MarketplaceDbContext db,
    Holds holds,
    LedgerWriter writer,
    Collection collection,
    Lending lending,
    BillingProfiles profiles,
    IdFactory ids,
    IOutbox outbox,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private sealed record Open(string CustomerId, Currency Currency, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

    /// <summary>The invoice of one contract's charges, from draft to final at once.</summary>
    /// <returns>The invoice's id, or null when nothing is left to invoice.</returns>
    public async Task<string?> OfContractAsync(string customerId, Currency currency, string contractId, CancellationToken ct)
    {
        // The wallet's lock makes invoices of one customer take turns: no line can get on two.
        long held = (await holds.LockWalletAsync(customerId, currency, ct)).Held;
        var scope = new ChargeScope(customerId, currency, contractId, null, null);
        var lines = await UninvoicedLines.ReadAsync(db, scope, ct);
        if (lines.Count == 0)
            return null;
        string id = ids.New(IdPrefix.Invoice);
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.invoice
                    (id, party_id, customer_name, issuer, currency, state, period_start, period_end, net, tax, rounding, total, due, contract_id)
                values ($1, $2, $2, $3, $4, 'Draft', $5, $6, 0, 0, 0, 0, 0, $7)
                """,
                id,
                customerId,
                options.Value.InvoiceIssuer,
                currency.Code,
                lines.Min(l => l.From),
                lines.Max(l => l.To),
                contractId
            );
            batch.Add("update billing.invoice set state = 'Grace' where id = $1", id);
            await batch.ExecuteNonQueryAsync(ct);
        }
        await FinishAsync(id, scope, lines, held, ct);
        return id;
    }

    /// <summary>A month's invoice whose grace is over.</summary>
    /// <returns>Its id; null when it was final already or there is nothing to bill, and then the draft is gone.</returns>
    public async Task<string?> OfMonthAsync(string invoiceId, string customerId, Currency currency, CancellationToken ct)
    {
        long held = (await holds.LockWalletAsync(customerId, currency, ct)).Held;
        var open = (
            await db.ReadAsync(
                "select period_start, period_end from billing.invoice where id = $1 and state = 'Grace' for update",
                r => new Open(customerId, currency, r.Instant(0), r.Instant(1)),
                ct,
                invoiceId
            )
        ).SingleOrDefault();
        if (open is null)
            return null;
        var scope = new ChargeScope(customerId, currency, null, null, open.PeriodEnd);
        var lines = await UninvoicedLines.ReadAsync(db, scope, ct);
        if (lines.Count > 0)
        {
            await FinishAsync(invoiceId, scope, lines, held, ct);
            return invoiceId;
        }
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add("delete from billing.invoice where id = $1", invoiceId);
        await batch.ExecuteNonQueryAsync(ct);
        return null;
    }

    private async Task FinishAsync(string id, ChargeScope scope, List<ChargeLine> lines, long held, CancellationToken ct)
    {
        Currency currency = scope.Currency;
        DateTimeOffset now = time.GetUtcNow();
        InvoiceSums sums = InvoiceSums.Of(lines, currency);
        sums = sums.WithAdvance((await lending.OfAsync(scope.CustomerId, currency, ct)).Billable(held, sums.Covered.Micros));
        string number = await NumberAsync(currency, ct);
        BilledParty buyer = await profiles.BuyerAsync(scope.CustomerId, ct);
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            UninvoicedLines.AddTo(batch, id, scope, lines);
            batch.Add(
                """
                update billing.invoice
                set state = 'Final', number = $2, customer_name = $3, issued_at = $4, due_at = $5, net = $6, tax = $7, rounding = $8, total = $9,
                    due = $10, seller = $11::jsonb, buyer = $12::jsonb
                where id = $1
                """,
                id,
                number,
                buyer.Name,
                now,
                now + options.Value.PaymentTerms,
                sums.Net.Micros,
                sums.Tax.Micros,
                sums.Rounding.Micros,
                sums.Total.Micros,
                sums.Due,
                JsonSerializer.Serialize(options.Value.Seller),
                JsonSerializer.Serialize(buyer)
            );
            // Prepaid in full: nothing is left to pay.
            if (sums.Due == 0)
                batch.Add("update billing.invoice set state = 'Paid' where id = $1", id);
            await batch.ExecuteNonQueryAsync(ct);
        }
        if (Postings.Invoice(id, scope.CustomerId, sums.Uncovered, sums.Advanced, sums.Rounding, now) is { } draft)
            await writer.PostOneAsync(draft, ct);
        await collection.CollectAsync(scope.CustomerId, currency, ct);
        outbox.Publish(new InvoiceIssued(id, scope.CustomerId, number), key: id);
        changes.Announce($"party:{scope.CustomerId}");
    }

    // The series' row is locked until this commits: a number is used exactly when its invoice exists.
    private async Task<string> NumberAsync(Currency currency, CancellationToken ct)
    {
        string issuer = options.Value.InvoiceIssuer;
        long number = (
            await db.ReadAsync(
                """
                insert into billing.invoice_series as s (issuer, currency, last_number) values ($1, $2, 1)
                on conflict (issuer, currency) do update set last_number = s.last_number + 1
                returning last_number
                """,
                r => r.GetInt64(0),
                ct,
                issuer,
                currency.Code
            )
        ).Single();
        return string.Create(CultureInfo.InvariantCulture, $"{issuer}-{currency.Code}-{number:D6}");
    }
}

/// <summary>What the lines of an invoice come to.</summary>
/// <param name="Uncovered">Charged without cover by a hold.</param>
/// <param name="Due">Micro-units the customer owes when it is issued; a negative balance is credit at once.</param>
internal sealed record InvoiceSums(Money Net, Money Tax, Money Rounding, Money Total, Money Uncovered, long Due)
{
    /// <summary>What holds covered: paid ahead, or lent.</summary>
    public Money Covered => Net + Tax - Uncovered;

    /// <summary>Lent on the credit line and asked for now.</summary>
    public Money Advanced { get; private init; } = Money.Zero(Total.Currency);

    public InvoiceSums WithAdvance(long micros) =>
        micros == 0
            ? this
            : this with
            {
                Advanced = new Money(micros, Total.Currency),
                Due = Math.Max(0, checked(Uncovered.Micros + micros + Rounding.Micros)),
            };

    public static InvoiceSums Of(IReadOnlyCollection<ChargeLine> lines, Currency currency) =>
        Of(
            lines.Aggregate(0L, (sum, l) => checked(sum + l.Net)),
            lines.Aggregate(0L, (sum, l) => checked(sum + l.Tax)),
            lines.Aggregate(0L, (sum, l) => checked(sum + l.Uncovered)),
            currency
        );

    public static InvoiceSums Of(long netMicros, long taxMicros, long uncoveredMicros, Currency currency)
    {
        var net = new Money(netMicros, currency);
        var tax = new Money(taxMicros, currency);
        Money total = (net + tax).RoundToExponent();
        Money rounding = total - net - tax;
        return new InvoiceSums(
            net,
            tax,
            rounding,
            total,
            new Money(uncoveredMicros, currency),
            Math.Max(0, checked(uncoveredMicros + rounding.Micros))
        );
    }
}
