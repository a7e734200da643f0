using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// Money that leaves for centers and operators, and money nobody asks for.
internal static partial class Postings
{
    /// <summary>A payout is handed to the bank or provider: it is not payable a second time.</summary>
    /// <param name="payable"><see cref="Chart.CenterPayable"/> or <see cref="Chart.OperatorPayable"/> of the party.</param>
    public static JournalDraft PayoutSubmitted(string payoutId, AccountRef payable, Money amount, DateTimeOffset at) =>
        new(
            "payout",
            "payout",
            payoutId,
            at,
            payoutId,
            "Payout on its way",
            [new(payable, Chart.TransferTransit(amount.Currency), amount.Micros)]
        );

    /// <summary>The payout has arrived.</summary>
    public static JournalDraft PayoutPaid(string payoutId, Money amount, DateTimeOffset at) =>
        new(
            "payout-paid",
            "payout",
            payoutId + "/paid",
            at,
            payoutId,
            "Payout arrived",
            [new(Chart.TransferTransit(amount.Currency), Chart.Psp(amount.Currency), amount.Micros)]
        );

    /// <summary>The payout came back before it was paid: the journal that submitted it is reversed, and it is payable again.</summary>
    public static JournalDraft PayoutReturned(
        string payoutId,
        string submittedJournalId,
        AccountRef payable,
        Money amount,
        DateTimeOffset at
    ) =>
        new(
            "payout-returned",
            "payout",
            payoutId + "/returned",
            at,
            payoutId,
            "Payout returned",
            [new(Chart.TransferTransit(amount.Currency), payable, amount.Micros)]
        )
        {
            ReversesId = submittedJournalId,
        };

    /// <summary>The provider paid what it kept for us into our bank account.</summary>
    public static JournalDraft Swept(string transactionId, Money amount, DateTimeOffset at) =>
        new(
            "sweep",
            "sweep",
            transactionId,
            at,
            transactionId,
            "Paid out to the bank",
            [new(Chart.Bank(amount.Currency), Chart.Psp(amount.Currency), amount.Micros)]
        );

    /// <summary>Credit of a customer who has left and does not answer: owed to whoever may claim it.</summary>
    public static JournalDraft Unclaimed(string customerId, Money amount, string reason, string key, DateTimeOffset at) =>
        new(
            "unclaimed",
            "unclaimed",
            key,
            at,
            customerId,
            reason,
            [new(Chart.Available(customerId, amount.Currency), Chart.Unclaimed(amount.Currency), amount.Micros)]
        );

    /// <summary>Money nobody may claim any more is the network's income.</summary>
    public static JournalDraft Breakage(Money amount, string reason, string key, DateTimeOffset at) =>
        new(
            "breakage",
            "breakage",
            key,
            at,
            null,
            reason,
            [new(Chart.Unclaimed(amount.Currency), Chart.Breakage(amount.Currency), amount.Micros)]
        );
}
