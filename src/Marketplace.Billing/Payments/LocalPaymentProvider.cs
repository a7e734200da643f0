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
    public string Name => "local";

    public Task<ProviderPayment> PayAsync(string idempotencyKey, string partyId, Money amount, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        Money fee = Money.From(amount.Amount * options.Value.LocalPaymentFeeRate, amount.Currency).RoundToExponent();
        return Task.FromResult(new ProviderPayment($"local-{idempotencyKey}", PaymentState.Succeeded, fee, Failure: null));
    }
}
