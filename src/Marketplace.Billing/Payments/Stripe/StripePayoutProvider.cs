using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Payouts to accounts at Stripe: one transfer each, out of our balance (separate charges and transfers). A transfer arrives when it is made, and
/// the connected account pays its bank from there. It is found by our id as its transfer group, whatever became of an answer.
/// </summary>
internal sealed class StripePayoutProvider(StripeClient stripe) : IPayoutProvider
{
    /// <summary>Said while our own balance does not cover it: that is no fault of the party, and is tried again.</summary>
    internal const string WaitsForBalance = "It waits until the payment provider can pay it.";

    public string Name => StripePaymentProvider.ProviderName;

    public async Task<ProviderPayout> SubmitAsync(ProviderPayoutOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        var made = await stripe.CreateTransferAsync(
            order.Destination.Account,
            StripeMoney.ToMinor(order.Amount),
            StripeMoney.Code(order.Amount.Currency),
            order.PayoutId,
            $"{order.PayoutId}/{order.Attempt}",
            ct
        );
        if (made.Error is not { } error)
            return Read(made.Must(), order.PayoutId, order.Amount);
        if (error.Type == "idempotency_error" && !error.IsUnknown)
            throw error.ToBug();
        // Whatever the error says, a transfer of ours that is there was made.
        if (await FindAsync(order, ct) is { } there)
            return there.Reference is null ? there with { NeedsNewAttempt = error.IsKept } : there;
        return error switch
        {
            { IsUnknown: true } => Unknown() with { NeedsNewAttempt = error.IsKept },
            { Code: "balance_insufficient" } => Unknown() with { Failure = WaitsForBalance, NeedsNewAttempt = true },
            { Status: 401 or 403 } => throw error.ToBug(),
            _ => new ProviderPayout(null, PayoutState.Returned, error.Words),
        };
    }

    public async Task<ProviderPayout?> FindAsync(ProviderPayoutOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        var page = await stripe.ListTransfersAsync(order.PayoutId, ct);
        if (page.Error is { } error)
            return error.IsUnknown ? Unknown() : throw error.ToBug();
        return page.Must().Data switch
        {
            [] => null,
            [var one] => Read(one, order.PayoutId, order.Amount),
            var several => throw new InvalidOperationException(
                $"Payout {order.PayoutId} was transferred more than once: {string.Join(", ", several.Select(t => t.Id))}."
            ),
        };
    }

    /// <summary>What a transfer says. One that was taken back in part has arrived; the part is a difference that reconciliation shows.</summary>
    /// <exception cref="InvalidOperationException">It is of another amount than the payout.</exception>
    internal static ProviderPayout Read(StripeTransfer transfer, string payoutId, Money amount)
    {
        if (transfer.Amount != StripeMoney.ToMinor(amount) || transfer.Currency != StripeMoney.Code(amount.Currency))
            throw new InvalidOperationException($"{transfer.Id} is {transfer.Amount} {transfer.Currency}, payout {payoutId} is {amount}.");
        return transfer.Reversed
            ? new ProviderPayout(transfer.Id, PayoutState.Returned, Failure: null)
            : new ProviderPayout(transfer.Id, PayoutState.Paid, Failure: null);
    }

    private static ProviderPayout Unknown() => new(null, PayoutState.Submitted, Failure: null);
}
