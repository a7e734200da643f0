using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Payments over Stripe. A payment is one payment intent: it is made without charging anything, then confirmed. An intent succeeds once at most, so
/// confirming it again after a lost answer cannot charge twice, and a second intent made after a lost answer stays empty.
/// </summary>
internal sealed class StripePaymentProvider(
    StripeClient stripe,
    StripeCustomers customers,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IPaymentProvider
{
    public const string ProviderName = "stripe";

    /// <summary>Looking back covers clocks that differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    public string Name => ProviderName;
    public bool TakesCards => true;
    public TimeSpan CustomerPatience => options.Value.Stripe.ConfirmWithin;

    public async Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (await customers.ReferenceAsync(order.PartyId, ct) is not { } customer)
            return Unknown(order);
        var (intent, unknown) = order.Reference is { } reference
            ? Known(await stripe.GetIntentAsync(reference, ct), order)
            : await CreateAsync(order, customer, ct);
        if (intent is null)
            return unknown!;
        order = order with { Reference = intent.Id };
        if (StripeReading.WaitsForUs(intent))
        {
            var (method, isKnown) = order.Method is { } chosen ? (chosen, true) : await DefaultMethodAsync(customer, ct);
            if (!isKnown)
                return Unknown(order);
            var (confirmed, failed) = method is null
                ? (null, await RefuseAsync(order, "There is no saved method to charge. Add a card.", ct))
                : await ConfirmAsync(order, intent, method, ct);
            if (confirmed is null)
                return failed!;
            intent = confirmed;
        }
        return StripeReading.WasRefused(intent)
            ? await RefuseAsync(order, intent.LastPaymentError!.Message ?? "The card was declined.", ct)
            : StripeReading.Payment(intent, order);
    }

    public async Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        string? reference = order.Reference;
        if (reference is null)
        {
            if (await customers.ReferenceAsync(order.PartyId, ct) is not { } customer)
                return Unknown(order);
            var (found, isKnown) = await FindAsync(order, customer, ct);
            if (!isKnown)
                return Unknown(order);
            // It was never made, or made and lost without a charge: nothing can succeed later under an id nobody confirms.
            if (found is null)
                return new ProviderPayment(null, PaymentState.Canceled, Money.Zero(order.Amount.Currency), null);
            reference = found.Id;
        }
        var canceled = await stripe.CancelIntentAsync(reference, $"{order.PaymentId}/cancel/{order.Attempt}", ct);
        if (canceled.IsOk)
            return StripeReading.Payment(canceled.Must(), order with { Reference = reference });
        // Perhaps it succeeded meanwhile, or was cancelled before: its state decides.
        var (now, unknown) = Known(await stripe.GetIntentAsync(reference, ct), order with { Reference = reference });
        if (now is null)
            return unknown!;
        ProviderPayment stands = StripeReading.Payment(now, order);
        return canceled.Error!.IsKept && stands.State.IsOpen() ? stands with { NeedsNewAttempt = true } : stands;
    }

    public async Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Reference is { } reference)
        {
            var known = await stripe.GetRefundAsync(reference, ct);
            return known.IsOk ? StripeReading.Refund(known.Must()) : NotKnown(order, known.Error!);
        }
        if (order.Attempt > 1 || order.CreatedAt < time.GetUtcNow() - StripeCustomers.KeysLive)
        {
            var (before, isKnown) = await FindAsync(order, ct);
            if (!isKnown)
                return new ProviderRefund(null, RefundState.Created, null);
            if (before is not null)
                return StripeReading.Refund(before);
        }
        var made = await stripe.CreateRefundAsync(
            order.PaymentReference,
            StripeMoney.ToMinor(order.Amount),
            order.RefundId,
            $"{order.RefundId}/{order.Attempt}",
            ct
        );
        if (made.IsOk)
            return StripeReading.Refund(made.Must());
        // Whatever the error says, a refund of ours that is there was made.
        var (there, found) = await FindAsync(order, ct);
        if (there is not null)
            return StripeReading.Refund(there);
        return found && made.Error is { IsUnknown: false } refused
            ? new ProviderRefund(null, RefundState.Failed, refused.Words)
            : NotKnown(order, made.Error!);
    }

    private async Task<(StripePaymentIntent? Intent, ProviderPayment? Unknown)> CreateAsync(
        ProviderOrder order,
        string customer,
        CancellationToken ct
    )
    {
        if (order.Attempt > 1 || order.CreatedAt < time.GetUtcNow() - StripeCustomers.KeysLive)
        {
            var (before, isKnown) = await FindAsync(order, customer, ct);
            if (before is not null || !isKnown)
                return (before, Unknown(order));
        }
        var made = await stripe.CreateIntentAsync(
            StripeMoney.ToMinor(order.Amount),
            StripeMoney.Code(order.Amount.Currency),
            customer,
            order.PaymentId,
            order.PartyId,
            order.Description,
            $"{order.PaymentId}/{order.Attempt}",
            ct
        );
        return made.Error switch
        {
            null => (made.Must(), null),
            { IsUnknown: true } error => (null, Unknown(order) with { NeedsNewAttempt = error.IsKept }),
            { Code: "amount_too_small" or "amount_too_large" } error => (
                null,
                new ProviderPayment(null, PaymentState.Failed, Money.Zero(order.Amount.Currency), error.Words)
            ),
            var error => throw error.ToBug(),
        };
    }

    /// <returns>The intent after it, or what is to be said instead.</returns>
    private async Task<(StripePaymentIntent? Intent, ProviderPayment? Instead)> ConfirmAsync(
        ProviderOrder order,
        StripePaymentIntent intent,
        string method,
        CancellationToken ct
    )
    {
        var confirmed = await stripe.ConfirmIntentAsync(
            intent.Id,
            method,
            order.Automatic,
            options.Value.Stripe.ReturnUrl,
            $"{order.PaymentId}/confirm/{order.Attempt}",
            ct
        );
        if (confirmed.IsOk)
            return (confirmed.Must(), null);
        if (confirmed.Error!.Type == "idempotency_error" && !confirmed.Error.IsUnknown)
            throw confirmed.Error.ToBug();
        // A declined card, a lost answer, another confirmation at the same time: the intent's own state decides.
        var (now, unknown) = Known(await stripe.GetIntentAsync(intent.Id, ct), order);
        if (now is null)
            return (null, unknown! with { NeedsNewAttempt = confirmed.Error.IsKept });
        if (!StripeReading.WaitsForUs(now))
            return (now, null);
        return confirmed.Error.IsUnknown
            ? (null, Unknown(order) with { NeedsNewAttempt = confirmed.Error.IsKept })
            : (null, await RefuseAsync(order, confirmed.Error.Words, ct));
    }

    /// <summary>Ends an intent whose method was refused, so that failed stays failed.</summary>
    private async Task<ProviderPayment> RefuseAsync(ProviderOrder order, string why, CancellationToken ct)
    {
        ProviderPayment ended = await CancelAsync(order, ct);
        return ended.State == PaymentState.Canceled ? ended with { State = PaymentState.Failed, Failure = why } : ended;
    }

    private async Task<(string? Method, bool IsKnown)> DefaultMethodAsync(string customer, CancellationToken ct)
    {
        var found = await stripe.GetCustomerAsync(customer, ct);
        return (found.Value?.InvoiceSettings?.DefaultPaymentMethod?.Id, found.IsOk);
    }

    /// <summary>The payment's intent among its customer's, by our id in its metadata. The oldest one that was tried wins.</summary>
    private async Task<(StripePaymentIntent? Intent, bool IsKnown)> FindAsync(ProviderOrder order, string customer, CancellationToken ct)
    {
        var ours = new List<StripePaymentIntent>();
        string? after = null;
        while (true)
        {
            var page = await stripe.ListIntentsAsync(customer, order.CreatedAt - ClockSkew, after, ct);
            if (!page.IsOk)
                return (null, false);
            ours.AddRange(page.Must().Data.Where(i => i.Metadata?.GetValueOrDefault("payment_id") == order.PaymentId));
            if (!page.Must().HasMore)
                break;
            after = page.Must().Data[^1].Id;
        }
        // Only one can have been confirmed: the others were made for lost answers and stay as they were.
        StripePaymentIntent? tried = ours.FirstOrDefault(i => !StripeReading.WaitsForUs(i)) ?? ours.LastOrDefault();
        if (tried is null)
            return (null, true);
        // Lists expand nothing.
        var whole = await stripe.GetIntentAsync(tried.Id, ct);
        return (whole.Value, whole.IsOk);
    }

    private async Task<(StripeRefund? Refund, bool IsKnown)> FindAsync(ProviderRefundOrder order, CancellationToken ct)
    {
        var page = await stripe.ListRefundsAsync(order.PaymentReference, ct);
        return page.IsOk
            ? (page.Must().Data.FirstOrDefault(r => r.Metadata?.GetValueOrDefault("refund_id") == order.RefundId), true)
            : (null, false);
    }

    private static (StripePaymentIntent? Intent, ProviderPayment? Unknown) Known(
        StripeReply<StripePaymentIntent> reply,
        ProviderOrder order
    ) =>
        reply.Error switch
        {
            null => (reply.Must(), null),
            { IsUnknown: true } => (null, Unknown(order)),
            var error => throw error.ToBug(),
        };

    private static ProviderPayment Unknown(ProviderOrder order) =>
        new(order.Reference, PaymentState.Created, Money.Zero(order.Amount.Currency), null);

    private static ProviderRefund NotKnown(ProviderRefundOrder order, StripeError error) =>
        error.IsUnknown
            ? new ProviderRefund(order.Reference, RefundState.Created, null) { NeedsNewAttempt = error.IsKept }
            : throw error.ToBug();
}
