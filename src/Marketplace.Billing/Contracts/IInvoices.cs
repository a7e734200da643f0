using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum InvoiceState
{
    /// <summary>Its period is running: what is charged so far, without a number.</summary>
    Draft,

    /// <summary>Its period is over; late usage still gets on it.</summary>
    Grace,

    /// <summary>Has its number and never changes; something is still to be paid.</summary>
    Final,
    Paid,

    /// <summary>Taken back by credit notes in full before it was paid.</summary>
    Void,

    /// <summary>The network has given up what was open.</summary>
    Uncollectible,
}

/// <summary>Who issues or who is billed, as printed on the document.</summary>
/// <param name="TaxId">Empty when there is none, as the address.</param>
public sealed record BilledParty(string Name, string Address, string TaxId);

/// <summary>Tax of one jurisdiction at one rate; an invoice's tax lines add up to its net and its tax exactly.</summary>
/// <param name="Rate">A fraction: 0.19 is 19 %.</param>
public sealed record TaxLineView(string Jurisdiction, decimal Rate, Money Net, Money Tax);

public sealed record InvoiceLineView(
    int Line,
    string ContractId,
    string OrderId,
    string Description,
    decimal Quantity,
    string Unit,
    decimal UnitPrice,
    Money Net,
    Money Tax,
    Money Total,
    DateTimeOffset From,
    DateTimeOffset To
);

/// <param name="Number">Gapless per issuer and currency, only when final.</param>
/// <param name="Rounding">Brings the total to the currency's minor unit; posted as a leg of its own.</param>
/// <param name="Lines">Empty in lists.</param>
public sealed record InvoiceView(
    string Id,
    string? Number,
    string CustomerId,
    string CustomerName,
    Currency Currency,
    InvoiceState State,
    DateTimeOffset PeriodStart,
    DateTimeOffset PeriodEnd,
    DateTimeOffset? IssuedAt,
    Money Net,
    Money Tax,
    Money Rounding,
    Money Total,
    IReadOnlyList<InvoiceLineView> Lines
)
{
    /// <summary>What is still owed: charged without cover by a hold and not yet paid from credit. Zero when paid.</summary>
    public Money Open { get; init; } = Money.Zero(Currency);

    /// <summary>When what is open has to be paid; null before it is final.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>What credit notes took back, tax included.</summary>
    public Money Credited { get; init; } = Money.Zero(Currency);

    /// <summary>Set when it is about one contract; null for a month's.</summary>
    public string? ContractId { get; init; }

    /// <summary>Who issued it; null before it is final, as <see cref="Buyer"/>.</summary>
    public BilledParty? Seller { get; init; }
    public BilledParty? Buyer { get; init; }

    /// <summary>What was open when it was given up; zero in every other state.</summary>
    public Money WrittenOff { get; init; } = Money.Zero(Currency);

    /// <summary>What the customer has paid of it and not got back, prepaid charges included; zero before it is final.</summary>
    public Money Paid => Number is null ? Money.Zero(Currency) : Total - Credited - Open - WrittenOff;

    /// <summary>Why it was given up.</summary>
    public string? WrittenOffReason { get; init; }

    /// <summary>Empty in lists, as <see cref="CreditNotes"/>.</summary>
    public IReadOnlyList<TaxLineView> Taxes { get; init; } = [];
    public IReadOnlyList<CreditNoteView> CreditNotes { get; init; } = [];
}

public sealed record InvoiceQuery : PageQuery
{
    public InvoiceState? State { get; init; }
}

/// <summary>A party's movements in a period (usage added up per contract and day); opening + in − out = closing, to the micro-unit, from the same legs as the invoices.</summary>
public sealed record StatementView(
    string PartyId,
    string Role,
    Currency Currency,
    DateTimeOffset PeriodStart,
    DateTimeOffset PeriodEnd,
    Money Opening,
    Money Closing,
    IReadOnlyList<StatementLine> Lines
)
{
    /// <summary>The charges of the period by contract and price: wholesale for a center, retail for an operator; none for a customer.</summary>
    public IReadOnlyList<StatementContract> Contracts { get; init; } = [];

    /// <summary>The movements added up by kind, in the order of their first.</summary>
    public IReadOnlyList<(string Kind, Money Amount)> Kinds =>
        [
            .. Lines
                .GroupBy(l => l.Kind, StringComparer.Ordinal)
                .Select(g => (g.Key, new Money(g.Aggregate(0L, (sum, l) => checked(sum + l.Amount.Micros)), Currency))),
        ];
}

/// <summary>What one contract came to at one price.</summary>
/// <param name="UnitPrice">Wholesale for a center, retail for an operator; per <paramref name="Unit"/>.</param>
/// <param name="Billed">Before tax, at that price.</param>
/// <param name="Earned">The party's own part of it.</param>
public sealed record StatementContract(
    string ContractId,
    string Description,
    string Meter,
    decimal Quantity,
    string Unit,
    decimal UnitPrice,
    Money Billed,
    Money Earned
);

public sealed record StatementLine(
    DateTimeOffset At,
    string JournalId,
    string Kind,
    string? ContractId,
    string Description,
    Money Amount,
    Money Balance
);

/// <summary>Invoices of customers and statements of all three parties.</summary>
public interface IInvoices
{
    Task<Page<InvoiceView>> ListAsync(InvoiceQuery query, CancellationToken ct);
    Task<InvoiceView?> FindAsync(string invoiceId, CancellationToken ct);

    /// <summary>
    /// Makes a period's invoices final: drafts go through grace to final, and what is charged and on none gets one. Their grace is over when
    /// this is called. Idempotent; a job runs it monthly.
    /// </summary>
    Task<int> CloseAsync(DateTimeOffset periodEnd, CancellationToken ct);

    /// <summary>
    /// Makes the final invoice of one contract that has ended, at once. Idempotent: returns the invoice that is there. <c>contract-running</c>
    /// and <c>nothing-to-invoice</c> (409) say why there is none.
    /// </summary>
    Task<Outcome<InvoiceView>> InvoiceContractAsync(string contractId, CancellationToken ct);

    /// <summary>
    /// Gives up what is open of a final invoice, which becomes uncollectible; the network desk only, audited. Any other state is a conflict.
    /// </summary>
    Task<Outcome<InvoiceView>> WriteOffAsync(string invoiceId, string reason, CancellationToken ct);

    /// <summary>The acting party's statement; <paramref name="role"/> is <c>customer</c>, <c>center</c> or <c>operator</c>.</summary>
    Task<Outcome<StatementView>> StatementAsync(
        string partyId,
        string role,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    );
}
