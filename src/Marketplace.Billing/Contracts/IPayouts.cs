using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum PayoutState
{
    /// <summary>Made by the schedule; waits for something, see <see cref="PayoutView.WaitsFor"/>.</summary>
    Accrued,

    /// <summary>Stopped with a reason; the desk releases it.</summary>
    Held,

    /// <summary>Waits for the desk's approval.</summary>
    Eligible,
    Approved,

    /// <summary>With the bank or provider: no longer payable.</summary>
    Submitted,

    /// <summary>Arrived. A transfer within a provider may still be taken back from there; what a bank paid may not.</summary>
    Paid,

    /// <summary>Came back: payable again, a new payout follows.</summary>
    Returned,
}

/// <summary>What the network desk can do with a payout.</summary>
public enum PayoutAction
{
    /// <summary>The first of two people, above the limit.</summary>
    Propose,
    Approve,

    /// <summary>Stops it, also after approval; needs a reason.</summary>
    Hold,

    /// <summary>Makes a held one eligible again, with the amount that is payable now.</summary>
    Release,

    /// <summary>The bank has paid it; needs the bank's reference.</summary>
    MarkPaid,

    /// <summary>The bank has sent it back; needs the reason.</summary>
    MarkReturned,
}

/// <summary>Where a party's money goes.</summary>
/// <param name="Holder">The account's holder as the bank knows it.</param>
/// <param name="Account">An IBAN, or an account number.</param>
/// <param name="BankCode">BIC or national bank code; may be empty for an IBAN.</param>
/// <param name="BankName">For people.</param>
public sealed record PayoutDestination(string Holder, string Account, string? BankCode, string BankName);

/// <param name="Mask">The bank and the last four characters of the account.</param>
/// <param name="UsableFrom">The end of the cooling-off time.</param>
public sealed record PayoutDestinationView(string Id, Currency Currency, string Mask, DateTimeOffset CreatedAt, DateTimeOffset UsableFrom);

/// <param name="Role"><c>center</c> or <c>operator</c>.</param>
/// <param name="WaitsFor"><c>destination</c>, <c>cooling-off</c> or <c>minimum</c>; only while accrued.</param>
/// <param name="Reason">Why it is held or came back.</param>
/// <param name="Destination">Masked.</param>
/// <param name="ProposedBy">null for parties, as is <paramref name="ApprovedBy"/>.</param>
public sealed record PayoutView(
    string Id,
    string PartyId,
    string Role,
    Money Amount,
    PayoutState State,
    DateOnly DueOn,
    string? WaitsFor,
    string? Reason,
    bool TwoPerson,
    string? Destination,
    string? Provider,
    string? BankReference,
    string? ProposedBy,
    string? ApprovedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SubmittedAt,
    DateTimeOffset? FinishedAt
);

public sealed record PayoutQuery : PageQuery
{
    public PayoutState? State { get; init; }

    /// <summary><c>center</c> or <c>operator</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Whose; for those who see all.</summary>
    public string? PartyId { get; init; }
}

/// <summary>What a party earned in one role and currency, and what of it comes next.</summary>
/// <param name="Owed">Given back after it was paid out, and not yet earned again.</param>
/// <param name="HeldBack">By the network desk.</param>
/// <param name="OnItsWay">With the bank.</param>
/// <param name="Paid">Ever.</param>
/// <param name="NextAmount">What would be paid if nothing changed until <paramref name="NextOn"/>.</param>
/// <param name="WaitsFor">What the next payout lacks; null when nothing.</param>
public sealed record PayoutBalance(
    string Role,
    Money Pending,
    Money Payable,
    Money Owed,
    Money HeldBack,
    Money OnItsWay,
    Money Paid,
    DateOnly NextOn,
    Money NextAmount,
    string? WaitsFor
);

/// <summary>An amount of a party's earnings that the desk keeps until it releases it.</summary>
public sealed record PayoutHoldView(string Id, string PartyId, string Role, Money Amount, string Reason, DateTimeOffset PlacedAt);

/// <summary>A list of payouts for the bank.</summary>
public sealed record PayoutFileView(string Id, Currency Currency, int Payouts, Money Total, DateTimeOffset CreatedAt);

/// <summary>Payouts to centers and operators: the party reads its own and says where to, the network desk decides.</summary>
public interface IPayouts
{
    Task<Outcome<PayoutBalance>> BalanceAsync(string role, Currency currency, CancellationToken ct);
    Task<Page<PayoutView>> ListAsync(PayoutQuery query, CancellationToken ct);
    Task<PayoutView?> FindAsync(string payoutId, CancellationToken ct);

    /// <summary>The acting party's destination; null when there is none.</summary>
    Task<PayoutDestinationView?> DestinationAsync(Currency currency, CancellationToken ct);

    /// <summary>Changes it: owners only, in person. The new one is used after the cooling-off time, and the old one no longer.</summary>
    Task<Outcome<PayoutDestinationView>> SetDestinationAsync(Currency currency, PayoutDestination destination, CancellationToken ct);

    /// <summary>
    /// One action of the desk. A state that does not allow it is <c>payout-state</c> (409); the same person twice is <c>two-people-needed</c> (409).
    /// Repeating an action that was done returns the payout as it is.
    /// </summary>
    /// <param name="text">The reason, or the bank's reference, where the action needs one.</param>
    Task<Outcome<PayoutView>> ActAsync(string payoutId, PayoutAction action, string? text, CancellationToken ct);

    /// <summary>Keeps an amount of what a party would be paid. Idempotent per key; the desk only.</summary>
    Task<Outcome<PayoutHoldView>> HoldBackAsync(
        string partyId,
        string role,
        Money amount,
        string reason,
        string idempotencyKey,
        CancellationToken ct
    );
    Task<Outcome<PayoutHoldView>> ReleaseHoldAsync(string holdId, CancellationToken ct);
    Task<Outcome<IReadOnlyList<PayoutHoldView>>> HoldsAsync(CancellationToken ct);

    /// <summary>Puts every payout that waits for the bank and is in no file yet into one. Idempotent per key; <c>nothing-to-pay</c> (409) when there is none.</summary>
    Task<Outcome<PayoutFileView>> MakeFileAsync(Currency currency, string idempotencyKey, CancellationToken ct);
    Task<Outcome<IReadOnlyList<PayoutFileView>>> FilesAsync(CancellationToken ct);

    /// <param name="format"><c>csv</c> or <c>pain.001</c> (ISO 20022 pain.001.001.09).</param>
    Task<Outcome<FileDownload>> DownloadAsync(string fileId, string format, CancellationToken ct);
}

/// <summary>A payout as its provider must know it.</summary>
/// <param name="Attempt">From 1; a provider that keeps an error under its key needs another key for another try.</param>
public sealed record ProviderPayoutOrder(string PayoutId, string PartyId, PayoutDestination Destination, Money Amount, int Attempt);

/// <summary>What a provider says about a payout.</summary>
/// <param name="Reference">The provider's own id; null while it is not known whether there is one.</param>
/// <param name="State"><see cref="PayoutState.Submitted"/>, <see cref="PayoutState.Paid"/> or <see cref="PayoutState.Returned"/>.</param>
/// <param name="Failure">Why it came back, or what it still waits for.</param>
public sealed record ProviderPayout(string? Reference, PayoutState State, string? Failure)
{
    /// <summary>The next try must be a new attempt.</summary>
    public bool NeedsNewAttempt { get; init; }
}

/// <summary>Sends money outside. Never called inside a database transaction.</summary>
public interface IPayoutProvider
{
    string Name { get; }

    /// <summary>
    /// Starts or repeats a payout under our id and attempt. An outcome that is not known is an answer without a reference; an exception means the
    /// same, and is reported.
    /// </summary>
    Task<ProviderPayout> SubmitAsync(ProviderPayoutOrder order, CancellationToken ct);

    /// <summary>Looks a payout up by our id, which is the one name both sides know after a lost answer.</summary>
    /// <returns>null when the provider has never heard of it.</returns>
    Task<ProviderPayout?> FindAsync(ProviderPayoutOrder order, CancellationToken ct);
}

/// <summary>A party's payout destination was changed: its owners are told.</summary>
[Platform.Outbox.Message("billing.payout-destination-changed.v1")]
public sealed record PayoutDestinationChanged(string PartyId, string Currency, string Mask, DateTimeOffset UsableFrom);
