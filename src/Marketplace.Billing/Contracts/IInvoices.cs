using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum InvoiceState
{
    Draft,
    Final,
    Paid,
    Void,
}

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

    /// <summary>Makes final invoices of everything rated in a closed period and not yet invoiced. Idempotent; a job runs it monthly.</summary>
    Task<int> CloseAsync(DateTimeOffset periodEnd, CancellationToken ct);

    /// <summary>
    /// Makes the final invoice of one contract that has ended, at once. Idempotent: returns the invoice that is there. <c>contract-running</c>
    /// and <c>nothing-to-invoice</c> (409) say why there is none.
    /// </summary>
    Task<Outcome<InvoiceView>> InvoiceContractAsync(string contractId, CancellationToken ct);

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
