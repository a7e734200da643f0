using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Contracts;

/// <summary>Use that is still to come: so many cards, without a break.</summary>
/// <param name="Cards">Cards, or parts of one.</param>
public sealed record UsageAhead(decimal Cards, DateTimeOffset From, DateTimeOffset To);

/// <summary>What a contract was billed, at the price it was sold at, whoever reads it: all of it is what its customer pays.</summary>
/// <param name="CardSeconds">On demand.</param>
/// <param name="WeightedCardSeconds">The same, each at the factor of its hour.</param>
/// <param name="ReservedCardSeconds">Covered by reservations, and not charged.</param>
/// <param name="Expected">Total with tax at the end of the use that is still to come; what was billed when there is none.</param>
public sealed record ContractBilling(
    ContractPrice Price,
    decimal CardSeconds,
    decimal WeightedCardSeconds,
    decimal ReservedCardSeconds,
    Money UsageNet,
    Money CommitmentNet,
    Money Tax,
    Money Expected,
    BillingProof Proof
)
{
    public Money Net => UsageNet + CommitmentNet;
    public Money Total => Net + Tax;
}

/// <summary>
/// Rates the quantities of the rated lines once more, by the stored price version: what is billed is what the price says, to the micro-unit.
/// </summary>
/// <param name="Lines">How many rated lines there are.</param>
/// <param name="RatedNet">What their quantities come to before tax.</param>
/// <param name="BilledNet">What was booked for them.</param>
/// <param name="WrongWeights">Lines whose weight is not what their window and the hours of the plan say.</param>
public sealed record BillingProof(long Lines, Money RatedNet, Money RatedTax, Money BilledNet, Money BilledTax, long WrongWeights)
{
    public bool Holds => RatedNet == BilledNet && RatedTax == BilledTax && WrongWeights == 0;
}
