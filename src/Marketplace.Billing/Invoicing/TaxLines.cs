using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Tax by jurisdiction and rate, added up from a document's own lines: it equals the document's tax because it is the same amounts. A
/// contract's rate never changes, so neither does what is read here.
/// </summary>
internal static class TaxLines
{
    public static IReadOnlyList<TaxLineView> Of(
        IEnumerable<(string Jurisdiction, decimal Rate, long Net, long Tax)> lines,
        Currency currency
    ) =>
        [
            .. lines
                .GroupBy(l => (l.Jurisdiction, l.Rate))
                .OrderBy(g => g.Key.Jurisdiction, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Rate)
                .Select(g => new TaxLineView(
                    g.Key.Jurisdiction,
                    g.Key.Rate,
                    new Money(g.Aggregate(0L, (sum, l) => checked(sum + l.Net)), currency),
                    new Money(g.Aggregate(0L, (sum, l) => checked(sum + l.Tax)), currency)
                )),
        ];

    public static Task<IReadOnlyList<TaxLineView>> OfInvoiceAsync(
        MarketplaceDbContext db,
        string invoiceId,
        Currency currency,
        CancellationToken ct
    ) =>
        ReadAsync(
            db,
            """
            select t.tax_jurisdiction, t.tax_rate, l.net, l.tax
            from billing.invoice_line l join billing.contract_terms t on t.contract_id = l.contract_id where l.invoice_id = $1
            """,
            invoiceId,
            currency,
            ct
        );

    public static Task<IReadOnlyList<TaxLineView>> OfCreditNoteAsync(
        MarketplaceDbContext db,
        string creditNoteId,
        Currency currency,
        CancellationToken ct
    ) =>
        ReadAsync(
            db,
            """
            select t.tax_jurisdiction, t.tax_rate, c.net, c.tax
            from billing.credit_note_line c
            join billing.invoice_line l on l.invoice_id = c.invoice_id and l.line = c.invoice_line
            join billing.contract_terms t on t.contract_id = l.contract_id
            where c.credit_note_id = $1
            """,
            creditNoteId,
            currency,
            ct
        );

    private static async Task<IReadOnlyList<TaxLineView>> ReadAsync(
        MarketplaceDbContext db,
        string sql,
        string id,
        Currency currency,
        CancellationToken ct
    ) => Of(await db.ReadAsync(sql, r => (r.GetString(0), r.GetDecimal(1), r.GetInt64(2), r.GetInt64(3)), ct, id), currency);
}
