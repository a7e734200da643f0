using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>What Stripe's objects mean for ours, from values alone.</summary>
internal static class StripeReading
{
    /// <summary>Whether the intent waits for us to confirm it: it was made, and no method was tried.</summary>
    public static bool WaitsForUs(StripePaymentIntent intent) =>
        intent.Status == "requires_confirmation" || (intent.Status == "requires_payment_method" && intent.LastPaymentError is null);

    /// <summary>Whether the method was refused. Such an intent could still be paid with another; ours ends here.</summary>
    public static bool WasRefused(StripePaymentIntent intent) =>
        intent.Status == "requires_payment_method" && intent.LastPaymentError is not null;

    /// <exception cref="InvalidOperationException">The intent is another payment's, or in a state nothing here brings about.</exception>
    public static ProviderPayment Payment(StripePaymentIntent intent, ProviderOrder order)
    {
        Currency currency = order.Amount.Currency;
        if (intent.Amount != StripeMoney.ToMinor(order.Amount) || intent.Currency != StripeMoney.Code(currency))
            throw new InvalidOperationException(
                $"{intent.Id} is {intent.Amount} {intent.Currency}, payment {order.PaymentId} is {order.Amount}: they are not the same."
            );
        Money none = Money.Zero(currency);
        string? label = intent.PaymentMethod?.As<StripePaymentMethod>()?.Card is { } card ? $"{card.Brand} •••• {card.Last4}" : null;
        ProviderPayment Is(PaymentState state, string? failure = null) => new(intent.Id, state, none, failure) { MethodLabel = label };
        return intent.Status switch
        {
            "succeeded" when intent.LatestCharge?.As<StripeCharge>() is { BalanceTransaction: { } moved } charge => Is(
                PaymentState.Succeeded
            ) with
            {
                ChargeReference = charge.Id,
                Fee = FeeOf(moved.As<StripeBalanceTransaction>(), currency),
            },
            // The charge is there before its transaction is: the fee is not known yet.
            "succeeded" or "processing" => Is(PaymentState.Processing),
            "requires_action" => Is(PaymentState.RequiresAction) with
            {
                ActionUrl = intent.NextAction?.RedirectToUrl is { } redirect ? new Uri(redirect.Url) : null,
            },
            "canceled" when intent.LastPaymentError is { } error => Is(PaymentState.Failed, error.Message ?? error.Code),
            "canceled" => Is(PaymentState.Canceled, intent.CancellationReason),
            "requires_payment_method" or "requires_confirmation" => Is(PaymentState.Created),
            _ => throw new InvalidOperationException($"{intent.Id} is {intent.Status}, which no payment here becomes."),
        };
    }

    public static ProviderRefund Refund(StripeRefund refund) =>
        refund.Status switch
        {
            "succeeded" => new(refund.Id, RefundState.Succeeded, null),
            "pending" or "requires_action" => new(refund.Id, RefundState.Pending, null),
            "failed" or "canceled" => new(refund.Id, RefundState.Failed, refund.FailureReason ?? refund.Status),
            _ => throw new InvalidOperationException($"{refund.Id} is {refund.Status}, which no refund here becomes."),
        };

    public static DisputeState Dispute(string status) =>
        status switch
        {
            "warning_needs_response" or "warning_under_review" => DisputeState.Inquiry,
            "warning_closed" => DisputeState.InquiryClosed,
            "needs_response" => DisputeState.NeedsResponse,
            "under_review" => DisputeState.UnderReview,
            "won" => DisputeState.Won,
            "lost" => DisputeState.Lost,
            _ => throw new InvalidOperationException($"A dispute is {status}, which is not known here."),
        };

    // An account that settles in another currency says its fee in that one; reconciliation reports such a payment.
    private static Money FeeOf(StripeBalanceTransaction? moved, Currency currency) =>
        moved is not null && moved.Currency == StripeMoney.Code(currency) ? StripeMoney.ToMoney(moved.Fee, currency) : Money.Zero(currency);
}
