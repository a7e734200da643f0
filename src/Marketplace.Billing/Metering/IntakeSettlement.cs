using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Metering;

/// <summary>A contract's sums within one batch.</summary>
internal sealed class ContractTally
{
    public decimal Quantity { get; set; }
    public Share Share { get; set; }
    public long Uncovered { get; set; }

    /// <summary>What goes back to the customer's credit.</summary>
    public long ToAvailable { get; set; }
    public bool Corrects { get; set; }
    public DateTimeOffset? Through { get; set; }
    public bool AllFinal { get; set; } = true;
}

/// <summary>Settles what a batch charges each contract: what its hold covers, what the customer owes, what goes back, and the journal of it.</summary>
/// <param name="newId">Makes an id from a prefix.</param>
internal sealed class IntakeSettlement(IntakeState state, Func<string, string> newId)
{
    private readonly Dictionary<string, long> cover = state.Holds.ToDictionary(h => h.Key, h => h.Value.Remaining, StringComparer.Ordinal);
    private readonly Dictionary<string, ContractTally> tallies = new(StringComparer.Ordinal);

    public ContractTally Of(string contractId)
    {
        if (!tallies.TryGetValue(contractId, out ContractTally? tally))
            tallies.Add(contractId, tally = new ContractTally());
        return tally;
    }

    /// <summary>What the hold covers of a charge and what the customer owes; what goes back takes the same way in reverse.</summary>
    /// <returns>What the customer owes of it.</returns>
    public long Settle(ContractState contract, long amount, ContractTally tally)
    {
        string reference = contract.Parties.HoldReference;
        if (amount < 0)
        {
            Refund back = Refund.Of(
                -amount,
                checked(contract.Owed + tally.Uncovered),
                state.Holds.GetValueOrDefault(reference) is { Resolved: false }
            );
            if (back.Held > 0)
                cover[reference] = checked(cover[reference] + back.Held);
            tally.ToAvailable = checked(tally.ToAvailable + back.Available);
            return -back.Owed;
        }
        long covered = Math.Min(amount, cover.GetValueOrDefault(reference));
        if (covered > 0)
            cover[reference] -= covered;
        return amount - covered;
    }

    /// <summary>The journals, and what they leave each contract with.</summary>
    public (List<CostDelta> Costs, List<JournalDraft> Journals, List<HoldExhausted> Exhausted, List<ChargeResult> Results) Close()
    {
        var journals = new List<JournalDraft>();
        var costs = new List<CostDelta>();
        var exhausted = new List<HoldExhausted>();
        var results = new List<ChargeResult>();
        foreach (var (contractId, tally) in tallies)
        {
            ContractState contract = state.Contracts[contractId];
            ChargeParties parties = contract.Parties;
            string? journalId = null;
            if (!tally.Share.IsZero || tally.Uncovered != 0 || tally.ToAvailable != 0)
            {
                journalId = newId(IntakePlanner.JournalPrefix);
                journals.Add(Journal(parties, tally, journalId) with { Id = journalId });
            }
            HoldCover? hold = state.Holds.GetValueOrDefault(parties.HoldReference);
            long remaining = cover.GetValueOrDefault(parties.HoldReference);
            bool isExhausted = contract.Exhausted || IsExhausted(tally, hold, remaining);
            bool newly = isExhausted && !contract.Exhausted;
            if (newly)
                exhausted.Add(new HoldExhausted(contractId, parties.HoldReference));
            if (tally.Through is not null)
                costs.Add(new CostDelta(contractId, tally.Quantity, tally.Share, tally.Uncovered, tally.Through, newly, journalId));
            Share total = contract.Total + tally.Share;
            results.Add(
                new ChargeResult(
                    contractId,
                    new Money(checked(tally.Share.Net + tally.Share.Tax), parties.Currency),
                    new Money(checked(total.Net + total.Tax), parties.Currency),
                    new Money(remaining, parties.Currency),
                    isExhausted
                )
            );
        }
        return (costs, journals, exhausted, results);
    }

    private JournalDraft Journal(ChargeParties parties, ContractTally tally, string key) =>
        tally.Corrects || tally.ToAvailable > 0
            ? Postings.UsageCorrection(
                parties,
                tally.Share,
                tally.Uncovered,
                tally.ToAvailable,
                "usage",
                key,
                tally.Corrects ? "Usage corrected" : "Usage",
                state.EffectiveAt(tally.Through ?? state.Now)
            )
            : Postings.Charge(parties, tally.Share, tally.Uncovered, key, state.EffectiveAt(tally.Through ?? state.Now));

    // Postpaid contracts have no hold and a resolved one has ended: neither is exhausted. A hold that was used up to the last micro-unit by
    // final readings did what it was for.
    private static bool IsExhausted(ContractTally tally, HoldCover? hold, long remaining) =>
        hold is { Resolved: false } && remaining == 0 && tally.Share.Net + tally.Share.Tax > 0 && (tally.Uncovered > 0 || !tally.AllFinal);
}
