using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// Money that goes back outside: refunds, and payments a cardholder disputes.
internal static partial class Postings
{
    /// <summary>A refund is on its way: the customer cannot spend it any more.</summary>
    public static JournalDraft RefundStarted(string refundId, string customerId, Money amount, DateTimeOffset at) =>
        new(
            "refund",
            "refund",
            refundId,
            at,
            refundId,
            "Refund on its way",
            [new(Chart.Available(customerId, amount.Currency), Chart.RefundTransit(amount.Currency), amount.Micros)]
        );

    /// <summary>The refund has been paid out.</summary>
    /// <param name="paidFrom">Where the payment had come in, as with <see cref="TopUp"/>.</param>
    public static JournalDraft RefundSettled(string refundId, AccountRef paidFrom, Money amount, DateTimeOffset at) =>
        new(
            "refund-settled",
            "refund",
            refundId + "/settled",
            at,
            refundId,
            "Refund paid out",
            [new(Chart.RefundTransit(amount.Currency), paidFrom, amount.Micros)]
        );

    /// <summary>The provider could not pay the refund: the journal that started it is reversed.</summary>
    public static JournalDraft RefundFailed(string refundId, string startedJournalId, string customerId, Money amount, DateTimeOffset at) =>
        new(
            "refund-failed",
            "refund",
            refundId + "/failed",
            at,
            refundId,
            "Refund failed",
            [new(Chart.RefundTransit(amount.Currency), Chart.Available(customerId, amount.Currency), amount.Micros)]
        )
        {
            ReversesId = startedJournalId,
        };

    /// <summary>A refund that was paid out came back from the bank: what settled it is reversed, and it fails after that.</summary>
    public static JournalDraft RefundCameBack(
        string refundId,
        string settledJournalId,
        AccountRef paidFrom,
        Money amount,
        DateTimeOffset at
    ) =>
        new(
            "refund-came-back",
            "refund",
            refundId + "/came-back",
            at,
            refundId,
            "Refund came back",
            [new(paidFrom, Chart.RefundTransit(amount.Currency), amount.Micros)]
        )
        {
            ReversesId = settledJournalId,
        };

    /// <summary>
    /// A cardholder disputes a payment: the provider takes amount and fee back at once. What the customer still has of it is frozen.
    /// </summary>
    /// <param name="frozen">At most the customer's available credit and at most the amount.</param>
    public static JournalDraft DisputeOpened(string disputeId, string customerId, Money amount, Money fee, Money frozen, DateTimeOffset at)
    {
        Currency currency = amount.Currency;
        return new JournalDraft(
            "dispute",
            "dispute",
            disputeId,
            at,
            disputeId,
            "Payment disputed",
            Legs(
                new LegDraft(Chart.DisputeReceivable(currency), Chart.Psp(currency), amount.Micros),
                new LegDraft(Chart.PspFee(currency), Chart.Psp(currency), fee.Micros),
                new LegDraft(Chart.Available(customerId, currency), Chart.Frozen(customerId, currency), frozen.Micros)
            )
        );
    }

    /// <summary>The dispute is won: the provider gives the amount back, and the fee where it does so.</summary>
    public static JournalDraft DisputeWon(
        string disputeId,
        string customerId,
        Money amount,
        Money feeReturned,
        Money frozen,
        DateTimeOffset at
    )
    {
        Currency currency = amount.Currency;
        return new JournalDraft(
            "dispute-won",
            "dispute",
            disputeId + "/closed",
            at,
            disputeId,
            "Dispute won",
            Legs(
                new LegDraft(Chart.Psp(currency), Chart.DisputeReceivable(currency), amount.Micros),
                new LegDraft(Chart.Psp(currency), Chart.PspFee(currency), feeReturned.Micros),
                new LegDraft(Chart.Frozen(customerId, currency), Chart.Available(customerId, currency), frozen.Micros)
            )
        );
    }

    /// <summary>
    /// The dispute is lost: what was frozen pays first, the customer owes the rest, and what the network gives up is its loss.
    /// </summary>
    /// <param name="writtenOff">The part of the rest nobody will ask the customer for.</param>
    public static JournalDraft DisputeLost(
        string disputeId,
        string customerId,
        Money amount,
        Money frozen,
        Money writtenOff,
        DateTimeOffset at
    )
    {
        Currency currency = amount.Currency;
        AccountRef open = Chart.DisputeReceivable(currency);
        Money owed = amount - frozen - writtenOff;
        ArgumentOutOfRangeException.ThrowIfNegative(owed.Micros, nameof(amount));
        return new JournalDraft(
            "dispute-lost",
            "dispute",
            disputeId + "/closed",
            at,
            disputeId,
            "Dispute lost",
            Legs(
                new LegDraft(Chart.Frozen(customerId, currency), open, frozen.Micros),
                new LegDraft(Chart.Clawback(customerId, currency), open, owed.Micros),
                new LegDraft(Chart.ChargebackLoss(currency), open, writtenOff.Micros)
            )
        );
    }

    /// <summary>A customer pays what a lost dispute left open, from credit.</summary>
    /// <param name="key">One per payment of it.</param>
    public static JournalDraft ClawbackPaid(string customerId, Money amount, string key, DateTimeOffset at) =>
        new(
            "clawback-paid",
            "clawback",
            key,
            at,
            customerId,
            "Lost dispute paid from credit",
            [new(Chart.Available(customerId, amount.Currency), Chart.Clawback(customerId, amount.Currency), amount.Micros)]
        );

    /// <summary>The network gives up what a lost dispute left open.</summary>
    public static JournalDraft ClawbackWrittenOff(string customerId, Money amount, string reason, string key, DateTimeOffset at) =>
        new(
            "clawback-written-off",
            "clawback",
            key,
            at,
            customerId,
            reason,
            [new(Chart.ChargebackLoss(amount.Currency), Chart.Clawback(customerId, amount.Currency), amount.Micros)]
        );
}
