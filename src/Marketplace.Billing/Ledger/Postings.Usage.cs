namespace Marketplace.Billing.Ledger;

/// <content>Usage that was charged and turns out to have been less, or not the customer's to pay.</content>
internal static partial class Postings
{
    /// <summary>
    /// A charge that takes back another in its own proportions: a corrected reading, or a dispute that was upheld. A contract's plain usage of the
    /// same call may be in it. The customer's side is the hold, what it owes, and its credit where neither can take the money.
    /// </summary>
    /// <param name="share">What is charged; negative where money goes back.</param>
    /// <param name="uncovered">The change of what the customer owes; negative takes off.</param>
    /// <param name="toAvailable">Goes to the customer's credit; ≥ 0.</param>
    public static JournalDraft UsageCorrection(
        ChargeParties parties,
        Share share,
        long uncovered,
        long toAvailable,
        string source,
        string key,
        string reason,
        DateTimeOffset at
    )
    {
        long held = checked(share.Net + share.Tax - uncovered + toAvailable);
        return new JournalDraft(
            "usage-correction",
            source,
            key,
            at,
            parties.ContractId,
            reason,
            Movements.ToLegs([
                new Movement(Chart.CenterPending(parties.CenterId, parties.Currency), share.Center),
                new Movement(Chart.OperatorPending(parties.OperatorId, parties.Currency), share.Operator),
                new Movement(Chart.Commission(parties.Currency), share.Commission),
                new Movement(Chart.Tax(parties.TaxJurisdiction, parties.Currency), share.Tax),
                new Movement(Chart.Held(parties.CustomerId, parties.Currency), -held, held == 0 ? null : parties.HoldReference),
                new Movement(Chart.Unbilled(parties.CustomerId, parties.Currency), -uncovered),
                new Movement(Chart.Available(parties.CustomerId, parties.Currency), toAvailable),
            ])
        );
    }
}
