using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Contracts;

/// <summary>
/// Takes money from outside and gives it back. Calls are made outside any database transaction; each one brings a payment or refund as far
/// as it will go (starts it, repeats it, or asks how it stands), so calling again is always safe. An outcome that is not known is an answer, not an
/// exception.
/// </summary>
public interface IPaymentProvider
{
    string Name { get; }

    /// <summary>Whether it charges saved methods.</summary>
    bool TakesCards { get; }

    /// <summary>How long a payment may wait for its customer until it is given up.</summary>
    TimeSpan CustomerPatience => TimeSpan.FromDays(1);

    Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct);

    /// <summary>Ends a payment that has not succeeded, so that it cannot succeed later. Answers with where it ended.</summary>
    Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct);

    Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct);
}

/// <summary>A payment as its provider must know it.</summary>
/// <param name="Attempt">From 1; a provider that keeps an error under its key needs another key for another try.</param>
public sealed record ProviderOrder(string PaymentId, string PartyId, Money Amount, DateTimeOffset CreatedAt, int Attempt)
{
    /// <summary>The provider's own id, once it is known.</summary>
    public string? Reference { get; init; }

    /// <summary>The saved method; null takes the default.</summary>
    public string? Method { get; init; }

    /// <summary>The customer is not there to confirm anything.</summary>
    public bool Automatic { get; init; }
    public string Description { get; init; } = "";
}

/// <param name="State"><see cref="PaymentState.Created"/> says that nothing is known yet: ask again.</param>
/// <param name="Fee">What the provider kept, when it succeeded.</param>
public sealed record ProviderPayment(string? Reference, PaymentState State, Money Fee, string? Failure)
{
    public string? ChargeReference { get; init; }
    public string? MethodLabel { get; init; }
    public Uri? ActionUrl { get; init; }

    /// <summary>The next try must be a new attempt.</summary>
    public bool NeedsNewAttempt { get; init; }
}

/// <param name="PaymentReference">The provider's id of the payment that is given back.</param>
public sealed record ProviderRefundOrder(string RefundId, string PaymentReference, Money Amount, DateTimeOffset CreatedAt, int Attempt)
{
    public string? Reference { get; init; }
}

/// <param name="State"><see cref="RefundState.Created"/> says that nothing is known yet: ask again.</param>
public sealed record ProviderRefund(string? Reference, RefundState State, string? Failure)
{
    public bool NeedsNewAttempt { get; init; }
}
