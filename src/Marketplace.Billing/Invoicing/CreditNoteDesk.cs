using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Invoicing;

/// <summary>The module's face for credit notes.</summary>
internal sealed class CreditNoteDesk(MarketplaceDbContext db, IssueCreditNote issue) : ICreditNotes
{
    public static readonly KeySorting<CreditNoteRow> Sorting = KeySorting<CreditNoteRow>
        .NewestFirst("issuedAt", c => c.Id)
        .By("number", c => c.Number)
        .By("total", c => c.Currency, c => c.Total);

    public async Task<Page<CreditNoteView>> ListAsync(CreditNoteQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<CreditNoteRow> notes = db.Set<CreditNoteRow>().AsNoTracking();
        if (query.InvoiceId is { } invoice)
            notes = notes.Where(c => c.InvoiceId == invoice);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = $"%{query.Search.Trim()}%";
            notes = notes.Where(c =>
                EF.Functions.ILike(c.Number, search)
                || EF.Functions.ILike(c.InvoiceNumber, search)
                || EF.Functions.ILike(c.CustomerName, search)
            );
        }
        long? total = query.Cursor is null ? await notes.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(notes, query, total, ct)).Select(c => View(c, []));
    }

    public async Task<CreditNoteView?> FindAsync(string creditNoteId, CancellationToken ct)
    {
        var row = await db.Set<CreditNoteRow>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == creditNoteId, ct);
        if (row is null)
            return null;
        Currency currency = Currency.Parse(row.Currency);
        return View(row, await LinesAsync(row.Id, currency, ct)) with
        {
            Taxes = await TaxLines.OfCreditNoteAsync(db, row.Id, currency, ct),
        };
    }

    public async Task<Outcome<CreditNoteView>> IssueAsync(
        string invoiceId,
        CreditNoteRequest request,
        string idempotencyKey,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        Outcome<string> issued = await issue.RunAsync(invoiceId, request, idempotencyKey, ct);
        return issued.IsOk ? (await FindAsync(issued.Value, ct))! : issued.Problem;
    }

    /// <summary>Those of one invoice the actor may see, oldest first, without their lines.</summary>
    public async Task<IReadOnlyList<CreditNoteView>> OfInvoiceAsync(string invoiceId, CancellationToken ct) =>
        [
            .. (
                await db.Set<CreditNoteRow>().AsNoTracking().Where(c => c.InvoiceId == invoiceId).OrderBy(c => c.Id).ToListAsync(ct)
            ).Select(c => View(c, [])),
        ];

    private async Task<IReadOnlyList<CreditNoteLineView>> LinesAsync(string id, Currency currency, CancellationToken ct) =>
        await db.ReadAsync(
            """
            select c.line, c.invoice_line, l.contract_id, l.description, c.net, c.tax
            from billing.credit_note_line c
            join billing.invoice_line l on l.invoice_id = c.invoice_id and l.line = c.invoice_line
            where c.credit_note_id = $1 order by c.line
            """,
            r => new CreditNoteLineView(
                r.GetInt32(0),
                r.GetInt32(1),
                r.GetString(2),
                r.GetString(3),
                new Money(r.GetInt64(4), currency),
                new Money(r.GetInt64(5), currency),
                new Money(checked(r.GetInt64(4) + r.GetInt64(5)), currency)
            ),
            ct,
            id
        );

    private static CreditNoteView View(CreditNoteRow row, IReadOnlyList<CreditNoteLineView> lines)
    {
        Currency currency = Currency.Parse(row.Currency);
        return new CreditNoteView(
            row.Id,
            row.Number,
            row.PartyId,
            row.CustomerName,
            currency,
            row.InvoiceId,
            row.InvoiceNumber,
            row.Reason,
            row.IssuedAt,
            new Money(row.Net, currency),
            new Money(row.Tax, currency),
            new Money(row.Rounding, currency),
            new Money(row.Total, currency),
            new Money(row.Settled, currency),
            lines
        )
        {
            Seller = InvoiceViews.Party(row.Seller),
            Buyer = InvoiceViews.Party(row.Buyer),
        };
    }
}
