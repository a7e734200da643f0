using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments;

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
    IPartyNames names,
    OpenBooks books
) : ITransfers
{
    private const int MaxReference = 100;
    private const string Turn = "bank-transfers";

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
                    ? await BookAsync(await book.LockAsync(paymentId, t), reference.Trim(), t)
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
                // Keys are the customer's own; the desk's stand apart from them.
                var intent = await payments.IntendAsync(
                    partyId,
                    new PaymentOrder { Amount = amount },
                    automatic: false,
                    $"transfer/{idempotencyKey}",
                    bank.Name,
                    t
                );
                return intent.IsOk ? await BookAsync(await book.LockAsync(intent.Value.Id, t), reference.Trim(), t) : intent.Problem;
            },
            ct,
            o => o.IsOk
        );
    }

    private async Task<Outcome<PaymentView>> BookAsync(PaymentRow payment, string reference, CancellationToken ct)
    {
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
        return (await book.WriteAsync(payment.Id, bank.Arrived(payment.ToOrder()) with { ChargeReference = reference }, ct)).View();
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
