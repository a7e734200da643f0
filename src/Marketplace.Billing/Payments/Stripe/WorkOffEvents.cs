using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Works off what came by webhook. An event only says which object to look at: the object's current state is fetched and recorded, so order and
/// copies do not matter. What is not ours (yet) is tried again.
/// </summary>
internal sealed partial class WorkOffEvents(
    WebhookInbox inbox,
    StripeClient stripe,
    StripeDisputes disputes,
    StripeTransfers transfers,
    ConnectAccounts accounts,
    StripeCustomers customers,
    StripePaymentMethods methods,
    PaymentDesk payments,
    RefundDesk refunds,
    MarketplaceDbContext db,
    IOptions<BillingOptions> options,
    ILogger<WorkOffEvents> logger
)
{
    private const int PerRound = 200;

    /// <returns>How many events were worked off.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!options.Value.Stripe.IsOn)
            return 0;
        int handled = 0;
        var taken = await inbox.TakeAsync(PerRound, ct);
        // Many events about one object need one look at it.
        foreach (var group in taken.GroupBy(e => (Kind: KindOf(e.Type), e.ObjectId)))
        {
            string? why = await TryAsync(group.Key.Kind, group.Key.ObjectId, ct);
            foreach (InboxEvent one in group)
            {
                if (why is null)
                    await inbox.HandledAsync(one, ct);
                else
                    await inbox.FailedAsync(one, why, ct);
            }
            handled += why is null ? group.Count() : 0;
        }
        return handled;
    }

    /// <returns>null when it is done, else why not.</returns>
    private async Task<string?> TryAsync(string kind, string objectId, CancellationToken ct)
    {
        try
        {
            return await LookAsync(kind, objectId, ct) ? null : "Nothing of ours is known about it, or Stripe did not answer.";
        }
        catch (Exception e)
            when (e is InvalidOperationException or DbUpdateException or Npgsql.NpgsqlException && !ct.IsCancellationRequested)
        {
            // One event that cannot be worked off must not hold up the others; it stays, and the desk sees why.
            db.ChangeTracker.Clear();
            LogFailed(e, kind, objectId);
            return e.Message;
        }
    }

    private Task<bool> LookAsync(string kind, string objectId, CancellationToken ct) =>
        kind switch
        {
            "payment_intent" => PaymentAsync(objectId, ct),
            "charge" => ChargeAsync(objectId, ct),
            "refund" => RefundAsync(objectId, ct),
            "dispute" => disputes.RefreshAsync(objectId, ct),
            "setup_intent" => SetupAsync(objectId, ct),
            "account" => accounts.RefreshAsync(objectId, ct),
            "transfer" => transfers.RefreshAsync(objectId, ct),
            // Payouts to our bank are booked from the balance itself, by reconciliation; the rest is not used.
            _ => Task.FromResult(true),
        };

    /// <summary>What kind of object an event type is about.</summary>
    internal static string KindOf(string type) =>
        type switch
        {
            _ when type.StartsWith("payment_intent.", StringComparison.Ordinal) => "payment_intent",
            _ when type.StartsWith("charge.dispute.", StringComparison.Ordinal) => "dispute",
            _ when type.StartsWith("refund.", StringComparison.Ordinal) || type.StartsWith("charge.refund.", StringComparison.Ordinal) =>
                "refund",
            "charge.refunded" => "charge",
            _ when type.StartsWith("transfer.", StringComparison.Ordinal) => "transfer",
            "setup_intent.succeeded" => "setup_intent",
            "account.updated" => "account",
            _ => "other",
        };

    private async Task<bool> PaymentAsync(string reference, CancellationToken ct)
    {
        var row = await RowAsync(p => p.ProviderReference == reference, ct);
        if (row is { State: var known } && known.IsPaid())
            return true;
        var found = await stripe.GetIntentAsync(reference, ct);
        if (!found.IsOk)
            return false;
        StripePaymentIntent intent = found.Must();
        if (row is null && intent.Metadata?.GetValueOrDefault("payment_id") is { } paymentId)
            row = await RowAsync(p => p.Id == paymentId, ct);
        if (row is null)
            return false;
        if (row.ProviderReference is { } ours && ours != reference)
            return intent.Status != "succeeded"
                ? true
                : throw new InvalidOperationException($"{reference} was paid for {row.Id}, whose intent is {ours}.");
        if (!row.State.IsOpen() && intent.Status == "succeeded")
            throw new InvalidOperationException($"{reference} was paid, and payment {row.Id} is {row.State}.");
        PaymentView stands = await payments.FinishAsync(row, ct);
        return !stands.State.IsOpen() || intent.Status is not ("succeeded" or "canceled");
    }

    private async Task<bool> ChargeAsync(string chargeId, CancellationToken ct)
    {
        var charge = await stripe.GetChargeAsync(chargeId, ct);
        if (charge.Value?.PaymentIntent?.Id is not { } intent)
            return false;
        var listed = await stripe.ListRefundsAsync(intent, ct);
        if (!listed.IsOk)
            return false;
        bool all = true;
        foreach (StripeRefund refund in listed.Must().Data)
            all &= await RecordAsync(refund, ct);
        return all;
    }

    private async Task<bool> RefundAsync(string refundId, CancellationToken ct)
    {
        var found = await stripe.GetRefundAsync(refundId, ct);
        return found.IsOk && await RecordAsync(found.Must(), ct);
    }

    private async Task<bool> RecordAsync(StripeRefund refund, CancellationToken ct)
    {
        string? ours = refund.Metadata?.GetValueOrDefault("refund_id");
        var row = await db.Set<RefundRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(r => r.ProviderReference == refund.Id || (ours != null && r.Id == ours), ct);
        if (row is null)
            return false;
        if (StripeMoney.ToMinor(row.Money()) != refund.Amount)
            throw new InvalidOperationException($"{refund.Id} is {refund.Amount} {refund.Currency}, refund {row.Id} is {row.Money()}.");
        await refunds.RecordAsync(row.Id, StripeReading.Refund(refund), ct);
        return true;
    }

    private async Task<bool> SetupAsync(string reference, CancellationToken ct)
    {
        var found = await stripe.GetSetupIntentAsync(reference, ct);
        if (found.Value is not { Customer.Id: { } customer, PaymentMethod.Id: { } method })
            return false;
        if (await customers.PartyAsync(customer, ct) is not { } party)
            return false;
        await methods.FirstIsDefaultAsync(party, method, ct);
        return true;
    }

    private Task<PaymentRow?> RowAsync(System.Linq.Expressions.Expression<Func<PaymentRow, bool>> which, CancellationToken ct) =>
        db.Set<PaymentRow>().AsNoTracking().Where(p => p.Provider == StripePaymentProvider.ProviderName).FirstOrDefaultAsync(which, ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook about {Kind} {ObjectId} could not be worked off; it is tried again")]
    private partial void LogFailed(Exception exception, string kind, string objectId);
}
