using Marketplace.Billing.Contracts;
using Marketplace.Platform.States;

namespace Marketplace.Billing.Payments;

/// <summary>What may follow what.</summary>
internal static class PaymentStates
{
    public static readonly TransitionTable<PaymentState> Payments = new(
        "Payment",
        (
            PaymentState.Created,
            [PaymentState.Processing, PaymentState.RequiresAction, PaymentState.Succeeded, PaymentState.Failed, PaymentState.Canceled]
        ),
        (PaymentState.Processing, [PaymentState.RequiresAction, PaymentState.Succeeded, PaymentState.Failed, PaymentState.Canceled]),
        (PaymentState.RequiresAction, [PaymentState.Processing, PaymentState.Succeeded, PaymentState.Failed, PaymentState.Canceled]),
        (PaymentState.Failed, []),
        (PaymentState.Canceled, []),
        (PaymentState.Succeeded, [PaymentState.PartiallyRefunded, PaymentState.Refunded, PaymentState.Disputed]),
        // A refund the bank sends back undoes the step.
        (PaymentState.PartiallyRefunded, [PaymentState.Succeeded, PaymentState.Refunded, PaymentState.Disputed]),
        (PaymentState.Refunded, [PaymentState.Succeeded, PaymentState.PartiallyRefunded, PaymentState.Disputed]),
        // A won dispute returns to where it came from.
        (PaymentState.Disputed, [PaymentState.Succeeded, PaymentState.PartiallyRefunded, PaymentState.Refunded, PaymentState.ChargedBack]),
        (PaymentState.ChargedBack, [])
    );

    public static readonly TransitionTable<RefundState> Refunds = new(
        "Refund",
        (RefundState.Created, [RefundState.Pending, RefundState.Succeeded, RefundState.Failed]),
        (RefundState.Pending, [RefundState.Succeeded, RefundState.Failed]),
        // A bank may send back what had arrived.
        (RefundState.Succeeded, [RefundState.Failed]),
        (RefundState.Failed, [])
    );

    public static readonly TransitionTable<DisputeState> Disputes = new(
        "Dispute",
        (
            DisputeState.Inquiry,
            [DisputeState.InquiryClosed, DisputeState.NeedsResponse, DisputeState.UnderReview, DisputeState.Lost, DisputeState.Won]
        ),
        (DisputeState.InquiryClosed, []),
        (DisputeState.NeedsResponse, [DisputeState.UnderReview, DisputeState.Won, DisputeState.Lost]),
        (DisputeState.UnderReview, [DisputeState.Won, DisputeState.Lost]),
        (DisputeState.Won, []),
        (DisputeState.Lost, [])
    );

    /// <summary>Nothing has been decided yet.</summary>
    public static bool IsOpen(this PaymentState state) =>
        state is PaymentState.Created or PaymentState.Processing or PaymentState.RequiresAction;

    /// <summary>Money came in.</summary>
    public static bool IsPaid(this PaymentState state) => !state.IsOpen() && state is not (PaymentState.Failed or PaymentState.Canceled);

    /// <summary>The provider has taken the money back for now or for good.</summary>
    public static bool IsTakenBack(this DisputeState state) => state is not (DisputeState.Inquiry or DisputeState.InquiryClosed);

    public static bool IsClosed(this DisputeState state) => Disputes.IsFinal(state);

    /// <summary>Where a payment stands by what of it was refunded.</summary>
    public static PaymentState ByRefunds(long amount, long settledRefunds) =>
        settledRefunds == 0 ? PaymentState.Succeeded
        : settledRefunds < amount ? PaymentState.PartiallyRefunded
        : PaymentState.Refunded;
}
