using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <param name="InvoiceLine">The line of the invoice it takes back from.</param>
/// <param name="Description">That line's.</param>
public sealed record CreditNoteLineView(
    int Line,
    int InvoiceLine,
    string ContractId,
    string Description,
    Money Net,
    Money Tax,
    Money Total
);

/// <param name="Number">Gapless per issuer and currency, apart from invoices.</param>
/// <param name="Settled">What it took off the open part of its invoice; the rest became credit.</param>
/// <param name="Lines">Empty in lists.</param>
public sealed record CreditNoteView(
    string Id,
    string Number,
    string CustomerId,
    string CustomerName,
    Currency Currency,
    string InvoiceId,
    string InvoiceNumber,
    string Reason,
    DateTimeOffset IssuedAt,
    Money Net,
    Money Tax,
    Money Rounding,
    Money Total,
    Money Settled,
    IReadOnlyList<CreditNoteLineView> Lines
)
{
    public BilledParty? Seller { get; init; }
    public BilledParty? Buyer { get; init; }
    public IReadOnlyList<TaxLineView> Taxes { get; init; } = [];
}

/// <summary>What to take back of an invoice: the whole rest, whole lines, or an amount.</summary>
/// <param name="Reason">Printed on the credit note.</param>
/// <param name="Lines">Lines of the invoice; null or empty for all.</param>
/// <param name="Amount">Main units, tax included, spread over the lines in proportion to their rest; null for everything that is left of them.</param>
public sealed record CreditNoteRequest(string Reason, IReadOnlyList<int>? Lines = null, decimal? Amount = null);

public sealed record CreditNoteQuery : PageQuery
{
    public string? InvoiceId { get; init; }
}

/// <summary>Credit notes. Customers read their own; the network desk issues them.</summary>
public interface ICreditNotes
{
    Task<Page<CreditNoteView>> ListAsync(CreditNoteQuery query, CancellationToken ct);
    Task<CreditNoteView?> FindAsync(string creditNoteId, CancellationToken ct);

    /// <summary>
    /// Takes back a part of a final invoice: from center, operator, network and tax in their original proportions, never more than a line's
    /// rest. It lowers what is open, and what was paid already becomes credit. Idempotent per invoice and key.
    /// </summary>
    Task<Outcome<CreditNoteView>> IssueAsync(string invoiceId, CreditNoteRequest request, string idempotencyKey, CancellationToken ct);
}
