using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Orders.Contracts;

/// <summary>What was quoted beside what is billed, as the customer and its operator see it.</summary>
/// <param name="Expected">Total with tax when every card runs to the end of the bought hours; what was billed once it has ended.</param>
/// <param name="Difference">What is expected less what was quoted.</param>
/// <param name="Proof">That the metered quantity, rated once more at the quoted price, is what was billed.</param>
public sealed record ContractBillingView(
    string ContractId,
    Currency Currency,
    QuotedView Quoted,
    BilledView Billed,
    Money Expected,
    Money Difference,
    BillingProof Proof
);

/// <param name="UnitPrice">Per card-hour, before tax, tiers and hours.</param>
/// <param name="Plan">null where every card-hour costs the same.</param>
/// <param name="TaxRate">A fraction.</param>
/// <param name="Hours">Bought, extensions included.</param>
/// <param name="Usage">Of the hours, before tax.</param>
/// <param name="Commitment">What a minimum take adds, before tax.</param>
public sealed record QuotedView(
    decimal UnitPrice,
    PricePlan? Plan,
    decimal TaxRate,
    decimal Cards,
    decimal Hours,
    Money Usage,
    Money Commitment,
    Money Net,
    Money Tax,
    Money Total,
    Money Held
);

/// <param name="CardHours">On demand.</param>
/// <param name="WeightedCardHours">The same, each at the factor of its hour.</param>
/// <param name="ReservedCardHours">Covered by reservations, and not charged.</param>
public sealed record BilledView(
    decimal CardHours,
    decimal WeightedCardHours,
    decimal ReservedCardHours,
    Money Usage,
    Money Commitment,
    Money Net,
    Money Tax,
    Money Total
);
