using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum BreakKind
{
    /// <summary>We booked it, the provider does not have it.</summary>
    Missing,

    /// <summary>The provider has it, we did not book it.</summary>
    Foreign,

    /// <summary>Both have it with different amounts, fees or currencies.</summary>
    Amount,

    /// <summary>The provider says something else than it said before.</summary>
    Changed,

    /// <summary>The provider had it once and has it no more.</summary>
    Vanished,

    /// <summary>The balances differ.</summary>
    Balance,
}

/// <param name="Subject">The provider's transaction, our journal, or a currency.</param>
public sealed record BreakView(
    string Id,
    BreakKind Kind,
    string Subject,
    Money? Ours,
    Money? Theirs,
    string Detail,
    DateTimeOffset FoundAt,
    DateTimeOffset SeenAt,
    DateTimeOffset? ResolvedAt,
    string? ResolvedBy,
    string? Explanation
);

/// <param name="Ours">The ledger's account of the provider, without what other providers took.</param>
public sealed record BalanceComparison(Money Ours, Money Available, Money Pending)
{
    public Money Difference => Ours - Available - Pending;
}

/// <summary>An event that nothing could be done with.</summary>
public sealed record ParkedEvent(string Id, string Type, string ObjectId, DateTimeOffset ReceivedAt, int Attempts, string? Error);

/// <param name="ReadThrough">Transactions up to here are compared; null before the first run.</param>
public sealed record ReconciliationView(
    bool IsOn,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? ReadThrough,
    long Transactions,
    long OpenBreaks,
    IReadOnlyList<BalanceComparison> Balances,
    IReadOnlyList<ParkedEvent> Parked
);

public sealed record BreakQuery : PageQuery
{
    /// <summary>Open ones by default.</summary>
    public bool Resolved { get; init; }
    public BreakKind? Kind { get; init; }
}

/// <summary>Our books beside the payment provider's, for the network desk.</summary>
public interface IReconciliation
{
    Task<Outcome<ReconciliationView>> ReadAsync(CancellationToken ct);
    Task<Outcome<Page<BreakView>>> BreaksAsync(BreakQuery query, CancellationToken ct);

    /// <summary>Compares now.</summary>
    /// <returns>How many breaks are open after it; <c>payments-not-connected</c> without a provider, <c>provider-unavailable</c> when it does not answer.</returns>
    Task<Outcome<int>> RunAsync(CancellationToken ct);

    /// <summary>Closes a break with its explanation. It opens anew if it is still there and something about it changes.</summary>
    Task<Outcome<BreakView>> ResolveAsync(string breakId, string explanation, CancellationToken ct);

    /// <summary>Tries a parked event again.</summary>
    Task<Outcome<Done>> RetryAsync(string eventId, CancellationToken ct);
}
