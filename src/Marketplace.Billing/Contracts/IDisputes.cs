using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum DisputeState
{
    /// <summary>The bank asks before it disputes; no money has moved.</summary>
    Inquiry,
    InquiryClosed,

    /// <summary>The money is taken back; evidence may be given.</summary>
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
}

/// <param name="Frozen">What of the customer's credit is, or was, frozen for it.</param>
/// <param name="Owed">What a lost dispute left the customer owing.</param>
public sealed record DisputeView(
    string Id,
    string PartyId,
    string PaymentId,
    string Reference,
    DisputeState State,
    Money Amount,
    Money Fee,
    Money Frozen,
    Money Owed,
    string Reason,
    string? Evidence,
    DateTimeOffset? EvidenceDueAt,
    DateTimeOffset? EvidenceSubmittedAt,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt
);

public sealed record DisputeQuery : PageQuery
{
    public DisputeState? State { get; init; }
}

/// <summary>Payments a cardholder disputes. A party reads its own; the network desk answers them.</summary>
public interface IDisputes
{
    Task<Page<DisputeView>> ListAsync(DisputeQuery query, CancellationToken ct);
    Task<DisputeView?> FindAsync(string disputeId, CancellationToken ct);

    /// <summary>Sends the evidence; after that the bank decides. <c>dispute-closed</c> when evidence is taken no more.</summary>
    Task<Outcome<DisputeView>> SubmitAsync(string disputeId, string evidence, CancellationToken ct);

    /// <summary>Accepts that the dispute is lost.</summary>
    Task<Outcome<DisputeView>> AcceptAsync(string disputeId, CancellationToken ct);
}
