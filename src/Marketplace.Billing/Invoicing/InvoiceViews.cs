using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Invoicing;

/// <summary>Invoices as they are read. What a draft bills is added up when it is looked at; the rest is what was printed.</summary>
internal sealed class InvoiceViews(MarketplaceDbContext db, CreditNoteDesk creditNotes)
{
    /// <summary>An open invoice begins after the one before it that is open too.</summary>
    private const string PeriodBefore = """
        select max(e.period_end) from billing.invoice e
        where e.party_id = i.party_id and e.currency = i.currency and e.number is null and e.contract_id is null and e.period_end < i.period_end
        """;

    public async Task<InvoiceView> WholeAsync(InvoiceRow row, CancellationToken ct) =>
        row.State.IsOpenForCharges() ? await DraftAsync(row, ct) : await FinalAsync(row, ct);

    /// <summary>Rows of a list, with what drafts come to at this moment.</summary>
    public async Task<IReadOnlyDictionary<string, InvoiceSums>> DraftSumsAsync(IEnumerable<InvoiceRow> rows, CancellationToken ct)
    {
        var open = rows.Where(r => r.State.IsOpenForCharges())
            .ToDictionary(r => r.Id, r => Currency.Parse(r.Currency), StringComparer.Ordinal);
        if (open.Count == 0)
            return new Dictionary<string, InvoiceSums>(StringComparer.Ordinal);
        return (
            await db.ReadAsync(
                $"""
                select i.id, coalesce(sum(r.net), 0)::bigint, coalesce(sum(r.tax), 0)::bigint, coalesce(sum(r.uncovered), 0)::bigint
                from billing.invoice i
                cross join lateral (select ({PeriodBefore}) as at) b
                left join billing.rated_line r on r.customer_id = i.party_id and r.currency = i.currency
                    and r.window_to <= i.period_end and (b.at is null or r.window_to > b.at)
                    and not exists (select from billing.invoiced_line l where l.rated_line_id = r.id)
                where i.id = any ($1)
                group by i.id
                """,
                r => (Id: r.GetString(0), Sums: InvoiceSums.Of(r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), open[r.GetString(0)])),
                ct,
                // One parameter that is an array, not an array of parameters.
                (object)open.Keys.ToArray()
            )
        ).ToDictionary(r => r.Id, r => r.Sums, StringComparer.Ordinal);
    }

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
            $"select ({PeriodBefore}) from billing.invoice i where i.id = $1",
            r => r.InstantOrNull(0),
            ct,
            row.Id
        );
        var scope = new ChargeScope(row.PartyId, currency, row.ContractId, before.SingleOrDefault(), row.PeriodEnd);
        var lines = await UninvoicedLines.ReadAsync(db, scope, ct);
        return View(
            row,
            InvoiceSums.Of(lines, currency),
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
