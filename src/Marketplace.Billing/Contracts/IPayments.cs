using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum PaymentState
{
    Created,
    Succeeded,
    Failed,
    Refunded,
}

public sealed record PaymentView(
    string Id,
    string PartyId,
    Money Amount,
    Money Fee,
    PaymentState State,
    string Provider,
    string? ProviderReference,
    string? Failure,
    DateTimeOffset CreatedAt
);

/// <summary>
/// Takes money from outside. The seam Stripe will use; the local provider records prepaid credit (an invoice or bank transfer that the
/// network desk trusts) and needs no keys.
/// </summary>
public interface IPaymentProvider
{
    string Name { get; }

    /// <summary>Starts or repeats a payment under our key. Called outside any database transaction.</summary>
    Task<ProviderPayment> PayAsync(string idempotencyKey, string partyId, Money amount, CancellationToken ct);
}

public sealed record ProviderPayment(string Reference, PaymentState State, Money Fee, string? Failure);

/// <summary>Top-ups and their ledger postings.</summary>
public interface IPayments
{
    /// <summary>Adds prepaid credit. Idempotent: the same key and amount returns the same payment; another amount is <c>idempotency-key-reused</c>.</summary>
    Task<Outcome<PaymentView>> TopUpAsync(Money amount, string idempotencyKey, CancellationToken ct);

    /// <summary>Grants promotional credit; the network desk only.</summary>
    Task<Outcome<JournalView>> GrantAsync(string partyId, Money amount, string reason, string idempotencyKey, CancellationToken ct);
    Task<Page<PaymentView>> ListAsync(PageQuery query, CancellationToken ct);
}
