using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payouts;

/// <summary>
/// Payouts without a provider: the network desk hands its bank a file and says what became of each. Keeps nothing, and answers the same for
/// the same key.
/// </summary>
internal sealed class BankTransferProvider : IPayoutProvider
{
    public const string ProviderName = "bank-transfer";

    public string Name => ProviderName;

    public Task<ProviderPayout> SubmitAsync(
        string idempotencyKey,
        string partyId,
        PayoutDestination destination,
        Money amount,
        CancellationToken ct
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        return Task.FromResult(new ProviderPayout(idempotencyKey, PayoutState.Submitted, Failure: null));
    }

    public Task<ProviderPayout?> FindAsync(string reference, CancellationToken ct) =>
        Task.FromResult<ProviderPayout?>(new ProviderPayout(reference, PayoutState.Submitted, Failure: null));
}
