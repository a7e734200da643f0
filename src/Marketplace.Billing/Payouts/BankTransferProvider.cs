using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Payouts;

/// <summary>
/// Payouts without a provider: the network desk hands its bank a file and says what became of each. Keeps nothing, and answers the same for
/// the same key.
/// </summary>
internal sealed class BankTransferProvider : IPayoutProvider
{
    public const string ProviderName = "bank-transfer";

    public string Name => ProviderName;

    public Task<ProviderPayout> SubmitAsync(ProviderPayoutOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(new ProviderPayout(order.PayoutId, PayoutState.Submitted, Failure: null));
    }

    public async Task<ProviderPayout?> FindAsync(ProviderPayoutOrder order, CancellationToken ct) => await SubmitAsync(order, ct);
}
