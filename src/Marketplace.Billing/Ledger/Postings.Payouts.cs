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
    /// <param name="paidFrom"><see cref="Chart.Psp"/> when a provider paid from what it keeps for us, <see cref="Chart.Bank"/> when our bank did.</param>
    public static JournalDraft PayoutPaid(string payoutId, AccountRef paidFrom, Money amount, DateTimeOffset at) =>
        new(
            "payout-paid",
            "payout",
            payoutId + "/paid",
            at,
            payoutId,
            "Payout arrived",
            [new(Chart.TransferTransit(amount.Currency), paidFrom, amount.Micros)]
        );

    /// <summary>What had arrived was taken back by the provider: the journal that paid it is reversed. The payout then returns.</summary>
    public static JournalDraft PayoutReversed(
        string payoutId,
        string paidJournalId,
        AccountRef paidFrom,
        Money amount,
        DateTimeOffset at
    ) =>
        new(
            "payout-reversed",
            "payout",
            payoutId + "/reversed",
            at,
            payoutId,
            "Payout taken back",
            [new(paidFrom, Chart.TransferTransit(amount.Currency), amount.Micros)]
        )
        {
            ReversesId = paidJournalId,
        };

    /// <summary>The payout came back: the journal that submitted it is reversed, and it is payable again.</summary>
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

    /// <summary>Our bank sent back what the provider paid out: the journal that swept it is reversed.</summary>
    public static JournalDraft SweepReturned(string transactionId, string sweptJournalId, Money amount, DateTimeOffset at) =>
        new(
            "sweep-returned",
            "sweep",
            transactionId,
            at,
            transactionId,
            "Payout to the bank came back",
            [new(Chart.Psp(amount.Currency), Chart.Bank(amount.Currency), amount.Micros)]
        )
        {
            ReversesId = sweptJournalId,
        };

    /// <summary>The provider charged for its services, apart from any payment. A negative amount is a fee given back.</summary>
    public static JournalDraft ProviderFee(string transactionId, Money amount, DateTimeOffset at) =>
        new(
            "provider-fee",
            "provider-fee",
            transactionId,
            at,
            transactionId,
            "Fee of the payment provider",
            Movements.ToLegs([
                new Movement(Chart.PspFee(amount.Currency), -amount.Micros),
                new Movement(Chart.Psp(amount.Currency), amount.Micros),
            ])
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
