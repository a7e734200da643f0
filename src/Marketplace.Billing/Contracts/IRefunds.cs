using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum RefundState
{
    /// <summary>Intended; the provider has not answered yet.</summary>
    Created,

    /// <summary>On its way through the banks, or waiting for the network desk to transfer it.</summary>
    Pending,
    Succeeded,

    /// <summary>The money is the customer's credit again.</summary>
    Failed,
}

public sealed record RefundView(
    string Id,
    string PartyId,
    string PaymentId,
    Money Amount,
    RefundState State,
    string Reason,
    string? ProviderReference,
    string? Failure,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Set while the network desk has to transfer it: what to write on the transfer, so that the bank's statement is understood.</summary>
    public string? TransferReference { get; init; }
}

/// <param name="PaymentId">A top-up of the acting party.</param>
/// <param name="Amount">In main units, above 0, in the payment's currency.</param>
/// <param name="Reason">Why, for whoever reads it later.</param>
public sealed record RefundRequest(string PaymentId, decimal Amount, string? Reason);

public sealed record RefundQuery : PageQuery
{
    public string? PaymentId { get; init; }

    /// <summary>Only those the network desk has to transfer.</summary>
    public bool AwaitsTransfer { get; init; }
}

/// <summary>Unspent prepaid credit back to where it came from.</summary>
public interface IRefunds
{
    /// <summary>
    /// Takes the amount from the customer's credit and sends it back. Never more than the available credit, and never more than is left of the payment.
    /// Idempotent per key. The customer of the payment asks, or the network desk does.
    /// </summary>
    /// <returns><c>not-refundable</c>, <c>insufficient-funds</c> (402), or <c>invalid-request</c> with the field.</returns>
    Task<Outcome<RefundView>> RequestAsync(RefundRequest request, string idempotencyKey, CancellationToken ct);
    Task<RefundView?> FindAsync(string refundId, CancellationToken ct);
    Task<Page<RefundView>> ListAsync(RefundQuery query, CancellationToken ct);
}
