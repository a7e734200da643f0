using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Makes one final invoice of a customer's rated lines that are on none yet: a line per contract and price, a gapless number, the
/// postings, and payment from credit, in one transaction.
/// </summary>
internal sealed class IssueInvoice(
    MarketplaceDbContext db,
    Holds holds,
    LedgerWriter writer,
    Collection collection,
    IPartyNames names,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private sealed record Line(
        string ContractId,
        string OrderId,
        string Description,
        int PriceVersion,
        string Meter,
        decimal Quantity,
        string Unit,
        decimal UnitPrice,
        long Net,
        long Tax,
        long Uncovered,
        DateTimeOffset From,
        DateTimeOffset To
    );

    /// <param name="contractId">Only this contract's lines; null for all.</param>
    /// <param name="periodEnd">Only windows that ended by then; null for all.</param>
    /// <param name="periodStart">The invoice's period; null takes the first window's start.</param>
    /// <returns>The invoice's id, or null when nothing is left to invoice.</returns>
    public async Task<string?> RunAsync(
        string customerId,
        Currency currency,
        string? contractId,
        DateTimeOffset? periodStart,
        DateTimeOffset? periodEnd,
        CancellationToken ct
    )
    {
        // The wallet's lock makes invoices of one customer take turns: no line can get on two.
        await holds.LockWalletAsync(customerId, currency, ct);
        List<Line> lines = await LinesAsync(customerId, currency, contractId, periodEnd, ct);
        if (lines.Count == 0)
            return null;
        string id = ids.New(IdPrefix.Invoice);
        DateTimeOffset now = time.GetUtcNow();
        var net = new Money(lines.Sum(l => l.Net), currency);
        var tax = new Money(lines.Sum(l => l.Tax), currency);
        var uncovered = new Money(lines.Sum(l => l.Uncovered), currency);
        Money total = (net + tax).RoundToExponent();
        Money rounding = total - net - tax;
        long due = Math.Max(0, checked(uncovered.Micros + rounding.Micros));
        string number = await NumberAsync(currency, ct);
        string name = await names.NameAsync(customerId, ct) ?? customerId;
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.invoice
                    (id, number, party_id, customer_name, issuer, currency, state, period_start, period_end, issued_at, net, tax, rounding, total, due)
                values ($1, $2, $3, $4, $5, $6, case when $14 = 0 then 'Paid' else 'Final' end, $7, $8, $9, $10, $11, $12, $13, $14)
                """,
                id,
                number,
                customerId,
                name,
                options.Value.InvoiceIssuer,
                currency.Code,
                periodStart ?? lines.Min(l => l.From),
                periodEnd ?? lines.Max(l => l.To),
                now,
                net.Micros,
                tax.Micros,
                rounding.Micros,
                total.Micros,
                due
            );
            AddLines(batch, id, customerId, lines);
            AddLinks(batch, id, customerId, currency, periodEnd, lines);
            await batch.ExecuteNonQueryAsync(ct);
        }
        if (Postings.Invoice(id, customerId, uncovered, rounding, now) is { } draft)
            await writer.PostOneAsync(draft, ct);
        await collection.CollectAsync(customerId, currency, ct);
        changes.Announce($"party:{customerId}");
        return id;
    }

    private Task<List<Line>> LinesAsync(
        string customerId,
        Currency currency,
        string? contractId,
        DateTimeOffset? periodEnd,
        CancellationToken ct
    ) =>
        db.ReadAsync(
            """
            select r.contract_id, r.order_id, t.description, r.price_version, r.meter,
                   case when p.kind = 'commitment' then 1 else sum(r.quantity) / p.quantity_per_unit end, p.unit,
                   case when p.kind = 'commitment' then sum(r.net) / 1000000.0 else p.retail end,
                   sum(r.net)::bigint, sum(r.tax)::bigint, sum(r.uncovered)::bigint, min(r.window_from), max(r.window_to)
            from billing.rated_line r
            join billing.contract_terms t on t.contract_id = r.contract_id
            join billing.price_version p on p.contract_id = r.contract_id and p.meter = r.meter and p.version = r.price_version
            where r.customer_id = $1 and r.currency = $2 and ($3::text is null or r.contract_id = $3)
              and ($4::timestamptz is null or r.window_to <= $4)
              and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
            group by r.contract_id, r.order_id, t.description, r.price_version, r.meter, p.quantity_per_unit, p.unit, p.retail,
                     p.kind
            order by r.contract_id, r.meter, r.price_version
            """,
            r => new Line(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.GetInt32(3),
                r.GetString(4),
                decimal.Round(r.GetDecimal(5), Rating.RatingRule.ExactDecimals, MidpointRounding.ToEven),
                r.GetString(6),
                r.GetDecimal(7),
                r.GetInt64(8),
                r.GetInt64(9),
                r.GetInt64(10),
                r.Instant(11),
                r.Instant(12)
            ),
            ct,
            customerId,
            currency.Code,
            contractId,
            Sql.Moment(periodEnd)
        );

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

    private static void AddLines(NpgsqlBatch batch, string id, string customerId, List<Line> lines) =>
        batch.Add(
            """
            insert into billing.invoice_line
                (invoice_id, line, party_id, contract_id, order_id, description, quantity, unit, unit_price, net, tax, period_from, period_to)
            select $1, w.ord, $2, w.contract_id, w.order_id, w.description, w.quantity, w.unit, w.unit_price, w.net, w.tax, w.period_from, w.period_to
            from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) with ordinality
                 w (contract_id, order_id, description, quantity, unit, unit_price, net, tax, period_from, period_to, ord)
            """,
            id,
            customerId,
            (string[])[.. lines.Select(l => l.ContractId)],
            (string[])[.. lines.Select(l => l.OrderId)],
            (string[])[.. lines.Select(l => l.Description)],
            (decimal[])[.. lines.Select(l => l.Quantity)],
            (string[])[.. lines.Select(l => l.Unit)],
            (decimal[])[.. lines.Select(l => l.UnitPrice)],
            (long[])[.. lines.Select(l => l.Net)],
            (long[])[.. lines.Select(l => l.Tax)],
            (DateTimeOffset[])[.. lines.Select(l => l.From)],
            (DateTimeOffset[])[.. lines.Select(l => l.To)]
        );

    private static void AddLinks(
        NpgsqlBatch batch,
        string id,
        string customerId,
        Currency currency,
        DateTimeOffset? periodEnd,
        List<Line> lines
    ) =>
        batch.Add(
            """
            insert into billing.invoiced_line (rated_line_id, invoice_id, line)
            select r.id, $1, w.ord
            from unnest($2, $3, $4) with ordinality w (contract_id, meter, price_version, ord)
            join billing.rated_line r on r.contract_id = w.contract_id and r.meter = w.meter and r.price_version = w.price_version
            where r.customer_id = $5 and r.currency = $6 and ($7::timestamptz is null or r.window_to <= $7)
              and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
            """,
            id,
            (string[])[.. lines.Select(l => l.ContractId)],
            (string[])[.. lines.Select(l => l.Meter)],
            (int[])[.. lines.Select(l => l.PriceVersion)],
            customerId,
            currency.Code,
            Sql.Moment(periodEnd)
        );
}
