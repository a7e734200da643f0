using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Payments.Stripe;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>Who pays what: an account at Stripe is paid by Stripe, everything else by the bank.</summary>
internal sealed class PayoutProviders(
    IPayoutProvider bank,
    StripePayoutProvider stripe,
    ConnectAccountStore accounts,
    IOptions<BillingOptions> options
)
{
    /// <summary>Those that can be asked now.</summary>
    public IReadOnlyCollection<string> Names => options.Value.Stripe.IsOn ? [bank.Name, stripe.Name] : [bank.Name];

    public IPayoutProvider Named(string name) => name == stripe.Name ? stripe : bank;

    /// <summary>null when it goes to an account that cannot be paid now.</summary>
    public async Task<IPayoutProvider?> OfAsync(PayoutDestinationRow destination, CancellationToken ct)
    {
        if (destination.ConnectAccount is null)
            return bank;
        return options.Value.Stripe.IsOn && await accounts.FindAsync(destination.PartyId, ct) is { IsReady: true } ? stripe : null;
    }
}
