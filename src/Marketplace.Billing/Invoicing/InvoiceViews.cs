using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Invoicing;

/// <summary>Invoices as they are read. What a draft bills is added up when it is looked at; the rest is what was printed.</summary>
internal sealed class InvoiceViews(MarketplaceDbContext db, DraftSums drafts, CreditNoteDesk creditNotes)
{
    public async Task<InvoiceView> WholeAsync(InvoiceRow row, CancellationToken ct) =>
        row.State.IsOpenForCharges() ? await DraftAsync(row, ct) : await FinalAsync(row, ct);

    public static InvoiceView View(InvoiceRow row, InvoiceSums? draft, IReadOnlyList<InvoiceLineView> lines)
    {
        Currency currency = Currency.Parse(row.Currency);
        long left = row.Due - row.Collected - row.Credited;
        bool writtenOff = row.State == InvoiceState.Uncollectible;
        return new InvoiceView(
            row.Id,
            row.Number,
            row.PartyId,
            row.CustomerName,
            currency,
            row.State,
            row.PeriodStart,
            row.PeriodEnd,
            row.IssuedAt,
            draft?.Net ?? new Money(row.Net, currency),
            draft?.Tax ?? new Money(row.Tax, currency),
            draft?.Rounding ?? new Money(row.Rounding, currency),
            draft?.Total ?? new Money(row.Total, currency),
            lines
        )
        {
            Open = new Money(draft?.Due ?? (writtenOff ? 0 : left), currency),
            WrittenOff = new Money(writtenOff ? left : 0, currency),
            DueAt = row.DueAt,
            Credited = new Money(row.CreditedTotal, currency),
            ContractId = row.ContractId,
            Seller = Party(row.Seller),
            Buyer = Party(row.Buyer),
            WrittenOffReason = row.WrittenOffReason,
        };
    }

    public static BilledParty? Party(string? json) => json is null ? null : JsonSerializer.Deserialize<BilledParty>(json);

    private async Task<InvoiceView> DraftAsync(InvoiceRow row, CancellationToken ct)
    {
        Currency currency = Currency.Parse(row.Currency);
        var before = await db.ReadAsync(
            $"select ({DraftSums.PeriodBefore}) from billing.invoice i where i.id = $1",
            r => r.InstantOrNull(0),
            ct,
            row.Id
        );
        var scope = new ChargeScope(row.PartyId, currency, row.ContractId, before.SingleOrDefault(), row.PeriodEnd);
        var lines = await UninvoicedLines.ReadAsync(db, scope, ct);
        return View(
            row,
            InvoiceSums.Of(lines, currency).WithAdvance((await drafts.OfAsync([row], ct))[row.Id].Advanced.Micros),
            [
                .. lines
                    .Index()
                    .Select(l =>
                        Line(
                            l.Index + 1,
                            l.Item.ContractId,
                            l.Item.OrderId,
                            l.Item.Description,
                            (l.Item.Quantity, l.Item.Unit, l.Item.UnitPrice),
                            new Money(l.Item.Net, currency),
                            new Money(l.Item.Tax, currency),
                            (l.Item.From, l.Item.To)
                        )
                    ),
            ]
        ) with
        {
            Taxes = TaxLines.Of(lines.Select(l => (l.TaxJurisdiction, l.TaxRate, l.Net, l.Tax)), currency),
        };
    }

    private async Task<InvoiceView> FinalAsync(InvoiceRow row, CancellationToken ct)
    {
        Currency currency = Currency.Parse(row.Currency);
        var lines = await db.Set<InvoiceLineRow>().AsNoTracking().Where(l => l.InvoiceId == row.Id).OrderBy(l => l.Line).ToListAsync(ct);
        return View(
            row,
            null,
            [
                .. lines.Select(l =>
                    Line(
                        l.Line,
                        l.ContractId,
                        l.OrderId,
                        l.Description,
                        (l.Quantity, l.Unit, l.UnitPrice),
                        new Money(l.Net, currency),
                        new Money(l.Tax, currency),
                        (l.PeriodFrom, l.PeriodTo)
                    )
                ),
            ]
        ) with
        {
            Taxes = await TaxLines.OfInvoiceAsync(db, row.Id, currency, ct),
            CreditNotes = await creditNotes.OfInvoiceAsync(row.Id, ct),
        };
    }

    private static InvoiceLineView Line(
        int line,
        string contractId,
        string orderId,
        string description,
        (decimal Quantity, string Unit, decimal Price) priced,
        Money net,
        Money tax,
        (DateTimeOffset From, DateTimeOffset To) period
    ) =>
        new(
            line,
            contractId,
            orderId,
            description,
            priced.Quantity,
            priced.Unit,
            priced.Price,
            net,
            tax,
            net + tax,
            period.From,
            period.To
        );
}
