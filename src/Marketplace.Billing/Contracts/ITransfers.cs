using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>An account customers transfer money to.</summary>
public sealed record BankAccount(string Holder, string Number, string Bank, string Code);

/// <param name="Reference">The bank's own id of the transfer, as the statement shows it; 1 to 100 characters. One transfer is booked once.</param>
public sealed record TransferArrived(string Reference);

/// <param name="Amount">In main units, above 0.</param>
/// <param name="Currency">ISO 4217 code of the amount.</param>
/// <param name="Reference">As with <see cref="TransferArrived"/>.</param>
public sealed record RecordTransfer(string PartyId, decimal Amount, string Currency, string Reference);

/// <param name="Reason">Why the money cannot be transferred back; the customer reads it. 1 to 300 characters.</param>
public sealed record RefundNotPaid(string Reason);

/// <summary>Money that came by bank transfer, and goes back by one. The network desk only.</summary>
public interface ITransfers
{
    /// <summary>
    /// The transfer a payment waits for has arrived, in full. The same reference again changes nothing. <c>payment-not-open</c> when the payment has
    /// ended, <c>transfer-booked</c> when the reference belongs to another payment, <c>no-transfer-awaited</c> when it is paid in another way.
    /// </summary>
    Task<Outcome<PaymentView>> ArrivedAsync(string paymentId, string reference, CancellationToken ct);

    /// <summary>A transfer nobody announced, or of another amount: prepaid credit, which pays what is open first. The same key books once.</summary>
    Task<Outcome<PaymentView>> RecordAsync(string partyId, Money amount, string reference, string idempotencyKey, CancellationToken ct);

    /// <summary>
    /// The desk has transferred a refund. The same reference again changes nothing. <c>refund-not-open</c> when it has ended otherwise,
    /// <c>transfer-booked</c> when the reference belongs to another refund, <c>no-transfer-awaited</c> when it goes back in another way.
    /// </summary>
    Task<Outcome<RefundView>> PaidBackAsync(string refundId, string reference, CancellationToken ct);

    /// <summary>A refund cannot be transferred: the money is the customer's credit again. Errors as <see cref="PaidBackAsync"/>.</summary>
    Task<Outcome<RefundView>> NotPaidBackAsync(string refundId, string reason, CancellationToken ct);
}
