using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments;

/// <summary>
/// Payments without a card processor: the customer transfers the money, and the network desk says when it has arrived (<see cref="TransferDesk"/>).
/// Keeps nothing, and answers the same for the same payment, so a repetition after a lost answer is safe.
/// </summary>
internal sealed class LocalPaymentProvider(IOptions<BillingOptions> options) : IPaymentProvider
{
    public const string ProviderName = "local";

    public string Name => ProviderName;
    public bool TakesCards => false;
    public TimeSpan CustomerPatience => options.Value.BankTransfer.Patience;

    public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(options.Value.BankTransfer.BookAtOnce ? Arrived(order) : Stands(order, PaymentState.RequiresAction));
    }

    // What is booked at once is never left open, so there is nothing to end.
    public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(options.Value.BankTransfer.BookAtOnce ? Arrived(order) : Stands(order, PaymentState.Canceled));
    }

    /// <summary>The desk transfers the money back as it came, and says so.</summary>
    public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(
            options.Value.BankTransfer.BookAtOnce
                ? new ProviderRefund($"local-{order.RefundId}", RefundState.Succeeded, Failure: null)
                : new ProviderRefund(Reference: null, RefundState.Pending, Failure: null)
        );
    }

    /// <summary>The money is here.</summary>
    public ProviderPayment Arrived(ProviderOrder order) =>
        Stands(order, PaymentState.Succeeded) with
        {
            Fee = Money.From(order.Amount.Amount * options.Value.LocalPaymentFeeRate, order.Amount.Currency).RoundToExponent(),
        };

    /// <summary>
    /// What is written on a transfer, so that it is found again: short enough to be typed, and the end of the id of the payment, refund or payout it is
    /// about.
    /// </summary>
    public static string TransferReference(string id) => id[^Math.Min(id.Length, TransferReferenceLength)..].ToUpperInvariant();

    public const int TransferReferenceLength = 10;

    private static ProviderPayment Stands(ProviderOrder order, PaymentState state) =>
        new($"local-{order.PaymentId}", state, Money.Zero(order.Amount.Currency), Failure: null);
}
