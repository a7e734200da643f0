using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>Which charges an open invoice is about: a customer's in one currency, that are on none yet.</summary>
/// <param name="ContractId">Only this contract's; null for all.</param>
/// <param name="From">Only windows that end after it: those before are another open invoice's; null for all.</param>
/// <param name="Through">Only windows that ended by then; null for all.</param>
internal sealed record ChargeScope(string CustomerId, Currency Currency, string? ContractId, DateTimeOffset? From, DateTimeOffset? Through);

/// <summary>A line of an invoice: one contract at one price.</summary>
internal sealed record ChargeLine(
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
    DateTimeOffset To,
    string TaxJurisdiction,
    decimal TaxRate
);

/// <summary>Rated usage that is on no invoice yet, added up by the database: a contract's million windows are one line here.</summary>
internal static class UninvoicedLines
{
    private const string Where = """
        r.customer_id = $1 and r.currency = $2 and ($3::text is null or r.contract_id = $3)
              and ($4::timestamptz is null or r.window_to > $4) and ($5::timestamptz is null or r.window_to <= $5)
              and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
        """;

    public static Task<List<ChargeLine>> ReadAsync(MarketplaceDbContext db, ChargeScope scope, CancellationToken ct) =>
        db.ReadAsync(
            $"""
            select r.contract_id, r.order_id, t.description, r.price_version, r.meter,
                   -- A minimum take is one thing, at what is left of it.
                   case when p.kind = 'commitment' then 1 else sum(r.quantity) / p.quantity_per_unit end, p.unit,
                   case when p.kind = 'commitment' then sum(r.net) / 1000000.0 else p.retail end, sum(r.net)::bigint, sum(r.tax)::bigint, sum(r.uncovered)::bigint, min(r.window_from), max(r.window_to),
                   t.tax_jurisdiction, t.tax_rate
            from billing.rated_line r
            join billing.contract_terms t on t.contract_id = r.contract_id
            join billing.price_version p on p.contract_id = r.contract_id and p.meter = r.meter and p.version = r.price_version
            where {Where}
            group by r.contract_id, r.order_id, t.description, r.price_version, r.meter, p.quantity_per_unit, p.unit, p.retail,
                     p.kind, t.tax_jurisdiction, t.tax_rate
            order by r.contract_id, r.meter, r.price_version
            """,
            r => new ChargeLine(
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
                r.Instant(12),
                r.GetString(13),
                r.GetDecimal(14)
            ),
            ct,
            Parameters(scope)
        );

    /// <summary>Writes the lines and ties their rated lines to them, inside the caller's transaction.</summary>
    public static void AddTo(NpgsqlBatch batch, string invoiceId, ChargeScope scope, IReadOnlyList<ChargeLine> lines)
    {
        batch.Add(
            """
            insert into billing.invoice_line
                (invoice_id, line, party_id, contract_id, order_id, description, quantity, unit, unit_price, net, tax, period_from, period_to)
            select $1, w.ord, $2, w.contract_id, w.order_id, w.description, w.quantity, w.unit, w.unit_price, w.net, w.tax, w.period_from, w.period_to
            from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) with ordinality
                 w (contract_id, order_id, description, quantity, unit, unit_price, net, tax, period_from, period_to, ord)
            """,
            invoiceId,
            scope.CustomerId,
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
        batch.Add(
            $"""
            insert into billing.invoiced_line (rated_line_id, invoice_id, line)
            select r.id, $6, w.ord
            from unnest($7, $8, $9) with ordinality w (contract_id, meter, price_version, ord)
            join billing.rated_line r on r.contract_id = w.contract_id and r.meter = w.meter and r.price_version = w.price_version
            where {Where}
            """,
            [
                .. Parameters(scope),
                invoiceId,
                (string[])[.. lines.Select(l => l.ContractId)],
                (string[])[.. lines.Select(l => l.Meter)],
                (int[])[.. lines.Select(l => l.PriceVersion)],
            ]
        );
    }

    private static object?[] Parameters(ChargeScope scope) =>
        [scope.CustomerId, scope.Currency.Code, scope.ContractId, Sql.Moment(scope.From), Sql.Moment(scope.Through)];
}
