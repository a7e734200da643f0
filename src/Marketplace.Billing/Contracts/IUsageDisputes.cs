using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum UsageDisputeState
{
    /// <summary>Waits for the network desk; what it disputes does not become payable.</summary>
    Open,

    /// <summary>The desk agreed: the charge, or a share of it, was taken back.</summary>
    Upheld,

    /// <summary>The charge stands.</summary>
    Rejected,
}

/// <summary>Usage a customer was charged for and disputes.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Reason">1 to 500 characters.</param>
public sealed record OpenUsageDispute(DateTimeOffset From, DateTimeOffset To, string Reason);

/// <param name="Reason">1 to 500 characters; the customer reads it.</param>
public sealed record DecideUsageDispute(string Reason)
{
    /// <summary>What of the disputed amount goes back when it is upheld: more than 0, at most 1.</summary>
    public decimal Share { get; init; } = 1;
}

/// <param name="Disputed">What is disputed: the viewer's own amount, with tax for a customer.</param>
/// <param name="Credited">What of it was taken back; zero unless upheld.</param>
/// <param name="Charges">How many charges it is about.</param>
/// <param name="Decision">The desk's reason; null while it is open.</param>
/// <param name="JournalId">The correction in the ledger; null unless one was posted.</param>
public sealed record UsageDisputeView(
    string Id,
    string ContractId,
    DateTimeOffset From,
    DateTimeOffset To,
    string Reason,
    UsageDisputeState State,
    Money Disputed,
    Money Credited,
    int Charges,
    DateTimeOffset OpenedAt,
    string? Decision,
    DateTimeOffset? DecidedAt,
    string? JournalId
);

public sealed record UsageDisputeQuery : PageQuery
{
    public string? ContractId { get; init; }
    public UsageDisputeState? State { get; init; }
}

/// <summary>Disputes about charged usage. The customer opens them, the network desk decides, the other parties of the trade read along.</summary>
public interface IUsageDisputes
{
    /// <summary>The acting party's (all for the network desk), the newest first.</summary>
    Task<Page<UsageDisputeView>> ListAsync(UsageDisputeQuery query, CancellationToken ct);
    Task<UsageDisputeView?> FindAsync(string disputeId, CancellationToken ct);

    /// <summary>
    /// Disputes the contract's charges of a stretch of time that are young enough. Idempotent per key. <c>nothing-to-dispute</c> (409) when there is
    /// no such charge, or each was disputed before.
    /// </summary>
    Task<Outcome<UsageDisputeView>> OpenAsync(string contractId, OpenUsageDispute request, string idempotencyKey, CancellationToken ct);

    /// <summary>Takes the disputed charges back, in proportion. Repeating the same decision changes nothing; another is <c>dispute-decided</c> (409).</summary>
    Task<Outcome<UsageDisputeView>> UpholdAsync(string disputeId, DecideUsageDispute decision, CancellationToken ct);

    /// <inheritdoc cref="UpholdAsync"/>
    /// <summary>Lets the charges stand.</summary>
    Task<Outcome<UsageDisputeView>> RejectAsync(string disputeId, DecideUsageDispute decision, CancellationToken ct);
}
