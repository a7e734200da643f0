using Marketplace.Billing.Contracts;
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

    /// <summary>The desk transfers the money back by hand, as it came.</summary>
    public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Task.FromResult(new ProviderRefund($"local-{order.RefundId}", RefundState.Succeeded, Failure: null));
    }

    /// <summary>The money is here.</summary>
    public ProviderPayment Arrived(ProviderOrder order) =>
        Stands(order, PaymentState.Succeeded) with
        {
            Fee = Money.From(order.Amount.Amount * options.Value.LocalPaymentFeeRate, order.Amount.Currency).RoundToExponent(),
        };

    /// <summary>What the customer writes on the transfer, so that it is found again: short enough to be typed, and a part of the payment's id.</summary>
    public static string TransferReference(string paymentId) =>
        paymentId[^Math.Min(paymentId.Length, TransferReferenceLength)..].ToUpperInvariant();

    private const int TransferReferenceLength = 10;

    private static ProviderPayment Stands(ProviderOrder order, PaymentState state) =>
        new($"local-{order.PaymentId}", state, Money.Zero(order.Amount.Currency), Failure: null);
}
