using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// Buying on invoice: the network lends what a hold needs beyond the customer's credit, and gets it back from credit that is left or by invoice.
internal static partial class Postings
{
    /// <summary>Lends what a hold lacks; it is set aside by the hold that follows.</summary>
    /// <param name="key">The hold's.</param>
    public static JournalDraft Advance(string reference, string customerId, Money amount, string key, DateTimeOffset at) =>
        new(
            "advance",
            "advance",
            key,
            at,
            reference,
            "Lent on the credit line",
            [new(Chart.Advance(customerId, amount.Currency), Chart.Available(customerId, amount.Currency), amount.Micros)]
        );

    /// <summary>Credit that is there again pays back what was lent.</summary>
    /// <param name="key">New for each time.</param>
    public static JournalDraft AdvanceBack(string customerId, Money amount, string key, DateTimeOffset at) =>
        new(
            "advance-back",
            "advance-back",
            key,
            at,
            customerId,
            "Given back to the credit line",
            [new(Chart.Available(customerId, amount.Currency), Chart.Advance(customerId, amount.Currency), amount.Micros)]
        );
}
