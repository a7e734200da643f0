using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments;

/// <summary>
/// Prepaid credit without a card processor: the network trusts the invoice or bank transfer behind it. Keeps nothing, and answers the same
/// for the same key, so a repetition after a lost answer is safe.
/// </summary>
internal sealed class LocalPaymentProvider(IOptions<BillingOptions> options) : IPaymentProvider
{
    public const string ProviderName = "local";

    public string Name => ProviderName;
    public bool TakesCards => false;

    public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        Money fee = Money.From(order.Amount.Amount * options.Value.LocalPaymentFeeRate, order.Amount.Currency).RoundToExponent();
        return Task.FromResult(new ProviderPayment($"local-{order.PaymentId}", PaymentState.Succeeded, fee, Failure: null));
    }

    // It never leaves a payment open, so there is nothing to end: it succeeds at once.
    public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => PayAsync(order, ct);

    /// <summary>The desk transfers the money back by hand, as it came.</summary>
    public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(new ProviderRefund($"local-{order.RefundId}", RefundState.Succeeded, Failure: null));
    }
}
