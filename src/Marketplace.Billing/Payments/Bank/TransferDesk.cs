using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>
/// The network desk compares its bank statement with the payments that wait for a transfer. The statement's reference is kept as the payment's
/// charge reference; the database refuses it a second time, so that one transfer cannot become credit twice.
/// </summary>
internal sealed class TransferDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    LocalPaymentProvider bank,
    PaymentDesk payments,
    PaymentBook book,
    RefundDesk refunds,
    IPartyNames names,
    OpenBooks books
) : ITransfers
{
    public const int MaxReference = 100;
    private const int MaxReason = 300;

    /// <summary>The turn whoever books what the bank says takes.</summary>
    public const string Turn = "bank-transfers";

    public async Task<Outcome<PaymentView>> ArrivedAsync(string paymentId, string reference, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (InvalidReference(reference) is { } invalid)
            return invalid;
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        return await db.InTransactionAsync(
            async t =>
            {
                await db.TakeTurnAsync(Turn, t);
                return await db.Set<PaymentRow>().AsNoTracking().AnyAsync(p => p.Id == paymentId, t)
                    ? await BookAsync(paymentId, reference.Trim(), t)
                    : Problem.NotFound("payment", paymentId);
            },
            ct,
            o => o.IsOk
        );
    }

    public async Task<Outcome<PaymentView>> RecordAsync(
        string partyId,
        Money amount,
        string reference,
        string idempotencyKey,
        CancellationToken ct
    )
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if ((InvalidReference(reference) ?? payments.InvalidAmount(amount) ?? PaymentDesk.InvalidKey(idempotencyKey)) is { } invalid)
            return invalid;
        if (await names.NameAsync(partyId, ct) is null)
            return Problem.Invalid("/partyId", $"There is no organisation '{partyId}'.", "Choose the customer whose money arrived.");
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        return await db.InTransactionAsync(
            async t =>
            {
                await db.TakeTurnAsync(Turn, t);
                return await CreditAsync(partyId, amount, reference.Trim(), idempotencyKey, t);
            },
            ct,
            o => o.IsOk
        );
    }

    public Task<Outcome<RefundView>> PaidBackAsync(string refundId, string reference, CancellationToken ct) =>
        InvalidReference(reference) is { } invalid
            ? Task.FromResult<Outcome<RefundView>>(invalid)
            : EndRefundAsync(refundId, new ProviderRefund(reference.Trim(), RefundState.Succeeded, Failure: null), ct);

    public Task<Outcome<RefundView>> NotPaidBackAsync(string refundId, string reason, CancellationToken ct) =>
        reason?.Trim() is { Length: > 0 and <= MaxReason } why
            ? EndRefundAsync(refundId, new ProviderRefund(Reference: null, RefundState.Failed, why), ct)
            : Task.FromResult<Outcome<RefundView>>(
                Problem.Invalid(
                    "/reason",
                    "The reason is missing or too long.",
                    "Say why the money cannot be transferred; the customer reads it."
                )
            );

    private async Task<Outcome<RefundView>> EndRefundAsync(string refundId, ProviderRefund end, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        return await db.InTransactionAsync(
            async t =>
            {
                await db.TakeTurnAsync(Turn, t);
                return await db.Set<RefundRow>().AsNoTracking().AnyAsync(r => r.Id == refundId, t)
                    ? await EndAsync(refundId, end, t)
                    : Problem.NotFound("refund", refundId);
            },
            ct,
            o => o.IsOk
        );
    }

    /// <summary>Credit for money that waited for no payment; in the open transaction and with the turn taken, as the others below.</summary>
    internal async Task<Outcome<PaymentView>> CreditAsync(string partyId, Money amount, string reference, string key, CancellationToken ct)
    {
        // Keys are the customer's own; the desk's stand apart from them.
        var intent = await payments.IntendAsync(
            partyId,
            new PaymentOrder { Amount = amount },
            automatic: false,
            $"transfer/{key}",
            bank.Name,
            ct
        );
        return intent.IsOk ? await BookAsync(intent.Value.Id, reference, ct) : intent.Problem;
    }

    /// <summary>What a refund's transfer came to.</summary>
    internal async Task<Outcome<RefundView>> EndAsync(string refundId, ProviderRefund end, CancellationToken ct)
    {
        RefundRow refund = await db.Set<RefundRow>().AsNoTracking().SingleAsync(r => r.Id == refundId, ct);
        if (!await db.Set<PaymentRow>().AnyAsync(p => p.Id == refund.PaymentId && p.Provider == bank.Name, ct))
            return Problem.Conflict(
                "no-transfer-awaited",
                "This refund is not paid by bank transfer. Its provider says what becomes of it."
            );
        if (
            refund.State == end.State
            && (end.State == RefundState.Succeeded ? refund.ProviderReference == end.Reference : refund.Failure == end.Failure)
        )
            return RefundDesk.View(refund, transferred: true);
        if (refund.State != RefundState.Pending)
            return Problem.Conflict("refund-not-open", $"This refund is {refund.State}. It cannot be changed any more.");
        if (
            end.Reference is { } reference
            && await db.Set<RefundRow>()
                .Where(r => r.Id != refundId && r.ProviderReference == reference)
                .Select(r => r.Id)
                .FirstOrDefaultAsync(ct)
                is { } other
        )
            return Problem.Conflict("transfer-booked", $"The transfer {reference} is booked already, as refund {other}.");
        return RefundDesk.View(await refunds.WriteAsync(refundId, end, ct), transferred: true);
    }

    /// <summary>The money of a payment is here.</summary>
    internal async Task<Outcome<PaymentView>> BookAsync(string paymentId, string reference, CancellationToken ct)
    {
        PaymentRow payment = await book.LockAsync(paymentId, ct);
        if (payment.Provider != bank.Name)
            return Problem.Conflict("no-transfer-awaited", "This payment is not made by bank transfer. Its provider says when it is paid.");
        if (payment.State.IsPaid() && payment.ChargeReference == reference)
            return payment.View();
        if (!payment.State.IsOpen())
            return Problem.Conflict("payment-not-open", $"This payment is {payment.State}. Record what arrived as a transfer of its own.");
        if (
            await db.Set<PaymentRow>()
                .AsNoTracking()
                .Where(p => p.Provider == bank.Name && p.ChargeReference == reference)
                .Select(p => p.Id)
                .FirstOrDefaultAsync(ct) is
            { } other
        )
            return Problem.Conflict("transfer-booked", $"The transfer {reference} is booked already, as payment {other}.");
        return (await book.WriteAsync(payment, bank.Arrived(payment.ToOrder()) with { ChargeReference = reference }, ct)).View();
    }

    private static Problem? InvalidReference(string? reference) =>
        reference?.Trim() is { Length: > 0 and <= MaxReference }
            ? null
            : Problem.Invalid(
                "/reference",
                "The reference is missing or too long.",
                "Enter the bank's id of the transfer, as the statement shows it."
            );
}
