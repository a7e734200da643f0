using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum BankEntryState
{
    /// <summary>On the statement and in nobody's books yet.</summary>
    Open,

    /// <summary>Stands for a payment, a refund or a payout.</summary>
    Booked,

    /// <summary>Not the marketplace's business, with a reason.</summary>
    Dismissed,
}

/// <summary>A bank's statement as text: ISO 20022 camt.053 or camt.054, or CSV with the columns of docs/billing.md.</summary>
public sealed record ImportStatement(string Content);

/// <param name="PartyId">The customer whose money it is.</param>
public sealed record AssignBankEntry(string PartyId);

/// <param name="Reason">Why it is not the marketplace's business; 1 to 300 characters.</param>
public sealed record DismissBankEntry(string Reason);

/// <param name="Number">The bank's id of the statement.</param>
/// <param name="Closing">What the bank said was in the account at its end; null when it did not say.</param>
/// <param name="Entries">How many movements it lists.</param>
public sealed record BankStatementView(
    string Id,
    string Account,
    string Number,
    Currency Currency,
    Money? Closing,
    DateOnly? ClosingOn,
    int Entries,
    DateTimeOffset ImportedAt
);

/// <param name="Reference">The bank's id of the movement.</param>
/// <param name="Incoming">Money came in; false when it went out.</param>
/// <param name="Reversal">The bank takes an earlier movement back. Never booked by itself.</param>
/// <param name="Details">What was written on the transfer.</param>
/// <param name="PartyId">Whose it is; while it is open, whose it seems to be.</param>
/// <param name="Reason">Why it was dismissed.</param>
public sealed record BankEntryView(
    string Id,
    string Account,
    string Reference,
    DateOnly BookedOn,
    Money Amount,
    bool Incoming,
    bool Reversal,
    string? Counterparty,
    string? CounterpartyAccount,
    string Details,
    BankEntryState State,
    string? PartyId,
    string? PaymentId,
    string? RefundId,
    string? PayoutId,
    string? Reason
);

/// <param name="Statements">The statements of the file, also those that were there before.</param>
/// <param name="New">Entries that were not known.</param>
/// <param name="Booked">Entries that found what they pay, of all that were open.</param>
/// <param name="Open">Entries that are open now.</param>
public sealed record BankImport(IReadOnlyList<BankStatementView> Statements, int New, int Booked, long Open);

/// <param name="Booked">How many entries found what they pay.</param>
public sealed record BankMatched(int Booked);

/// <summary>What the bank says beside what the books say, in one currency.</summary>
/// <param name="Books">The ledger's account <c>bank</c>.</param>
/// <param name="OpenIn">On statements and not booked: came in.</param>
/// <param name="OpenOut">On statements and not booked: went out.</param>
/// <param name="Newest">The latest statement that says what is in the account.</param>
public sealed record BankStanding(Currency Currency, Money Books, Money OpenIn, Money OpenOut, BankStatementView? Newest);

public sealed record BankEntryQuery : PageQuery
{
    public BankEntryState? State { get; init; }
}

/// <summary>The bank's statements: what is on them becomes payments, refunds and payouts that have arrived. The network desk only.</summary>
public interface IBankStatements
{
    /// <summary>
    /// Takes a file over and books what it explains: payments and refunds whose transfer names their reference, payouts by their id, each of exactly its
    /// amount. The same file, or another with the same entries, changes nothing twice. A file that cannot be read is refused as a whole.
    /// </summary>
    Task<Outcome<BankImport>> ImportAsync(string content, CancellationToken ct);

    /// <summary>Looks again at what is open, for example after a customer has announced a transfer.</summary>
    /// <returns>How many were booked.</returns>
    Task<Outcome<int>> MatchAsync(CancellationToken ct);
    Task<Outcome<IReadOnlyList<BankStanding>>> StandingAsync(CancellationToken ct);
    Task<Outcome<Page<BankEntryView>>> EntriesAsync(BankEntryQuery query, CancellationToken ct);

    /// <summary>
    /// The money is this customer's: it pays the payment of that amount that waits, or becomes prepaid credit. <c>bank-entry-decided</c> when it is no
    /// longer open, <c>bank-entry-not-credit</c> when money went out or came back.
    /// </summary>
    Task<Outcome<BankEntryView>> AssignAsync(string entryId, string partyId, CancellationToken ct);

    /// <summary>Not the marketplace's business. <c>bank-entry-decided</c> when it is booked.</summary>
    Task<Outcome<BankEntryView>> DismissAsync(string entryId, string reason, CancellationToken ct);

    /// <summary>Takes a dismissal back.</summary>
    Task<Outcome<BankEntryView>> ReopenAsync(string entryId, CancellationToken ct);
}
