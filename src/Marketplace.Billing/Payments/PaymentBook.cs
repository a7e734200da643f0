using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Payments;

/// <summary>
/// Writes what a provider said about a payment into the books, in one transaction: the state, the posting, and what the new credit pays at once.
/// The row's lock makes two answers take turns, and an answer that is older than what is known changes nothing.
/// </summary>
internal sealed class PaymentBook(
    MarketplaceDbContext db,
    Holds holds,
    LedgerWriter writer,
    Collection collection,
    Clawbacks clawbacks,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <summary>The payment, locked until the transaction ends.</summary>
    public Task<PaymentRow> LockAsync(string paymentId, CancellationToken ct) =>
        db.Set<PaymentRow>().FromSql($"select * from billing.payment where id = {paymentId} for update").AsTracking().SingleAsync(ct);

    /// <summary>Records an answer, in a transaction of its own.</summary>
    /// <exception cref="InvalidOperationException">Money came in for a payment that has ended without it: nobody may overlook that.</exception>
    public Task<PaymentRow> RecordAsync(string paymentId, ProviderPayment answer, CancellationToken ct) =>
        db.InTransactionAsync(async t => await WriteAsync(await LockAsync(paymentId, t), answer, t), ct);

    /// <summary>Records an answer in the caller's transaction, which has locked the row; errors as <see cref="RecordAsync"/>.</summary>
    public async Task<PaymentRow> WriteAsync(PaymentRow payment, ProviderPayment answer, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!payment.State.IsOpen())
        {
            return payment.State.IsPaid() || !answer.State.IsPaid()
                ? payment
                : throw new InvalidOperationException($"Payment {payment.Id} is {payment.State}, and its provider says it was paid.");
        }
        payment.ProviderReference ??= answer.Reference;
        payment.UpdatedAt = now;
        if (answer.NeedsNewAttempt)
            payment.Attempt++;
        if (answer.State != PaymentState.Created)
        {
            payment.ActionUrl = answer.ActionUrl?.ToString();
            payment.MethodLabel = answer.MethodLabel ?? payment.MethodLabel;
            payment.Failure = answer.Failure;
            if (answer.State != payment.State)
                await MoveAsync(payment, answer, now, ct);
        }
        await db.SaveChangesAsync(ct);
        return payment;
    }

    private async Task MoveAsync(PaymentRow payment, ProviderPayment answer, DateTimeOffset now, CancellationToken ct)
    {
        payment.State = PaymentStates.Payments.Move(payment.State, answer.State);
        Money amount = payment.Money();
        if (payment.State is PaymentState.Succeeded or PaymentState.Failed or PaymentState.Canceled)
            db.Audit($"payment.{payment.State.ToString().ToLowerInvariant()}", "payment", payment.Id, amount.ToString());
        if (payment.State == PaymentState.Succeeded)
        {
            payment.Fee = answer.Fee.Micros;
            payment.ChargeReference = answer.ChargeReference;
            if (payment.InvoiceId is { } invoice)
                await PayInvoiceAsync(payment, invoice, answer.Fee, now, ct);
            else
                await writer.PostOneAsync(Postings.TopUp(payment.Id, payment.PartyId, payment.Cash(), amount, answer.Fee, now), ct);
            await clawbacks.CollectAsync(payment.PartyId, amount.Currency, ct);
            await collection.CollectAsync(payment.PartyId, amount.Currency, ct);
        }
        changes.Announce($"party:{payment.PartyId}");
    }

    private async Task PayInvoiceAsync(PaymentRow payment, string invoiceId, Money fee, DateTimeOffset now, CancellationToken ct)
    {
        Money amount = payment.Money();
        // The wallet first, as everybody who collects an invoice does.
        await holds.LockWalletAsync(payment.PartyId, amount.Currency, ct);
        long open = (
            await db.ReadAsync(
                "select case when state = 'Final' then due - collected - credited else 0 end from billing.invoice where id = $1 for no key update",
                r => r.GetInt64(0),
                ct,
                invoiceId
            )
        ).Single();
        long paid = Math.Min(open, amount.Micros);
        var rest = new Money(amount.Micros - paid, amount.Currency);
        await writer.PostOneAsync(Postings.InvoicePaid(payment.Id, invoiceId, payment.PartyId, payment.Cash(), amount, rest, fee, now), ct);
        if (paid == 0)
            return;
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            "update billing.invoice set collected = collected + $2, state = case when collected + $2 + credited = due then 'Paid' else state end where id = $1",
            invoiceId,
            paid
        );
        await batch.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>Rows as values.</summary>
internal static class PaymentRows
{
    public static Money Money(this PaymentRow payment) => new(payment.Amount, Currency.Parse(payment.Currency));

    /// <summary>Where its money is: with the provider, or at the bank it was transferred to.</summary>
    public static AccountRef Cash(this PaymentRow payment) =>
        payment.Provider == LocalPaymentProvider.ProviderName ? Chart.Bank(payment.Money().Currency) : Chart.Psp(payment.Money().Currency);

    public static Money Money(this RefundRow refund) => new(refund.Amount, Currency.Parse(refund.Currency));

    public static Money Money(this DisputeRow dispute) => new(dispute.Amount, Currency.Parse(dispute.Currency));

    public static ProviderOrder ToOrder(this PaymentRow payment) =>
        new(payment.Id, payment.PartyId, payment.Money(), payment.CreatedAt, payment.Attempt)
        {
            Reference = payment.ProviderReference,
            Method = payment.Method,
            Automatic = payment.Automatic,
            Description = payment.InvoiceId is { } invoice ? $"Invoice {invoice}" : "Prepaid credit",
        };

    public static PaymentView View(this PaymentRow payment)
    {
        Currency currency = Currency.Parse(payment.Currency);
        return new PaymentView(
            payment.Id,
            payment.PartyId,
            payment.Money(),
            new Money(payment.Fee, currency),
            payment.State,
            payment.Provider,
            payment.ProviderReference,
            payment.Failure,
            payment.CreatedAt
        )
        {
            Purpose = payment.Purpose,
            InvoiceId = payment.InvoiceId,
            Automatic = payment.Automatic,
            MethodLabel = payment.MethodLabel,
            ActionUrl = payment is { State: PaymentState.RequiresAction, ActionUrl: { } url } ? new Uri(url) : null,
            TransferReference = payment is { State: PaymentState.RequiresAction, Provider: LocalPaymentProvider.ProviderName }
                ? LocalPaymentProvider.TransferReference(payment.Id)
                : null,
            Refunded = new Money(payment.Refunded, currency),
        };
    }
}
