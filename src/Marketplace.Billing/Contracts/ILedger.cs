using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>What a party has with the network, in one currency.</summary>
/// <param name="Available">Prepaid credit that can be held.</param>
/// <param name="Promo">Granted credit, used before <paramref name="Available"/>.</param>
/// <param name="Held">Reserved for orders that run.</param>
/// <param name="Pending">Earned, inside the dispute window.</param>
/// <param name="Payable">Earned and due.</param>
public sealed record WalletView(string PartyId, Currency Currency, Money Available, Money Promo, Money Held, Money Pending, Money Payable)
{
    /// <summary>What can still be ordered on invoice; null without a credit line.</summary>
    public Money? Line { get; init; }

    /// <summary>What an order may cost now.</summary>
    public Money Spendable => Available + Promo + (Line ?? Money.Zero(Currency));
}

public sealed record LegView(int Line, string DebitAccount, string CreditAccount, Money Amount);

public sealed record JournalView(
    string Id,
    string Kind,
    string Source,
    string IdempotencyKey,
    string? GroupId,
    DateTimeOffset EffectiveAt,
    DateTimeOffset RecordedAt,
    string? ReversesId,
    IReadOnlyList<LegView> Legs
);

public sealed record JournalQuery : PageQuery
{
    public string? Account { get; init; }
    public string? Kind { get; init; }
    public string? Currency { get; init; }

    /// <summary>For example a contract id.</summary>
    public string? GroupId { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <summary>A journal with what it belongs to. Who and why are for those who see all; for a party they are null.</summary>
/// <param name="ReversedById">The journal that took this one back.</param>
/// <param name="Seal">null until it is sealed.</param>
public sealed record JournalDetail(JournalView Journal, string? Actor, string? Reason, string? ReversedById, SealView? Seal);

/// <summary>Double entry with guards in the database. The only way money moves.</summary>
public interface ILedger
{
    /// <summary>
    /// Moves money from promo, then available, into a hold. <c>insufficient-funds</c> (402) names what is missing. Idempotent per reference: the same
    /// reference and amount returns the hold that is there, another amount is a conflict.
    /// </summary>
    Task<Outcome<HoldView>> HoldAsync(string reference, string customerId, Money amount, DateTimeOffset? expiresAt, CancellationToken ct);

    /// <summary>
    /// The same for many new holds of one customer in one currency: one lock, one reading, one posting. Each group is held whole or not at
    /// all, in order, as far as the credit reaches.
    /// </summary>
    /// <returns>One entry per group: null where it is held, else what <see cref="HoldAsync"/> would have said of its first hold that is not.</returns>
    Task<IReadOnlyList<Problem?>> HoldManyAsync(string customerId, IReadOnlyList<HoldGroup> groups, CancellationToken ct);

    /// <summary>Adds to a hold, for an extension. Idempotent per key.</summary>
    Task<Outcome<HoldView>> GrowHoldAsync(string reference, Money by, string idempotencyKey, CancellationToken ct);

    /// <summary>Returns what remains to where it came from. Resolving twice is fine.</summary>
    Task<Money> ReleaseAsync(string reference, CancellationToken ct);
    Task<HoldView?> FindHoldAsync(string reference, CancellationToken ct);

    /// <summary>The acting party's wallet, or any party's for the system and the network desk.</summary>
    Task<WalletView> WalletAsync(string partyId, Currency currency, CancellationToken ct);

    /// <summary>Journals that touch the acting party's accounts (all for the network desk), newest first.</summary>
    Task<Page<JournalView>> JournalsAsync(JournalQuery query, CancellationToken ct);

    /// <summary>One journal; null when there is none, or none that touches the acting party's accounts.</summary>
    Task<JournalDetail?> FindJournalAsync(string journalId, CancellationToken ct);

    /// <summary>The acting party's accounts (all for the network desk).</summary>
    Task<Page<AccountView>> AccountsAsync(AccountQuery query, CancellationToken ct);

    /// <summary>One account; null when there is none, or it is another party's.</summary>
    Task<AccountView?> FindAccountAsync(string accountId, CancellationToken ct);

    /// <summary>An account's legs in the order of recording, the newest first, each with the balance after it.</summary>
    Task<Outcome<Page<AccountLegView>>> AccountLegsAsync(string accountId, PageQuery query, CancellationToken ct);

    /// <summary>Σ debits = Σ credits per currency, no incomplete journal, stored balance = Σ legs, no floor broken, every key exactly once.</summary>
    Task<BooksReport> CheckBooksAsync(CancellationToken ct);

    /// <summary>The report of the last check, which the job <c>billing-check-books</c> makes; null before the first. For the network desk and the system.</summary>
    Task<BooksReport?> LastBooksAsync(CancellationToken ct);

    /// <summary>Where the seal chain stands and what its last verification found. For the network desk and the system.</summary>
    Task<SealStanding> SealsAsync(CancellationToken ct);
}

/// <summary>Money to set aside under a reference, without an end.</summary>
public sealed record HoldRequest(string Reference, Money Amount);

/// <param name="Holds">Placed together or not at all.</param>
public sealed record HoldGroup(IReadOnlyList<HoldRequest> Holds);

public sealed record HoldView(string Reference, string CustomerId, Money Amount, Money Remaining, DateTimeOffset? ExpiresAt, bool Resolved);
