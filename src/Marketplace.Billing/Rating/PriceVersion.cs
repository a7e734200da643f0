using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>The prices of one meter of one contract; see <c>billing.price_version</c>.</summary>
/// <param name="Version">1 for what the contract was sold at.</param>
/// <param name="Unit">What is priced, for example <c>card-hour</c>.</param>
/// <param name="QuantityPerUnit">Readings per priced unit: 3,600 card-seconds a card-hour.</param>
/// <param name="Retail">Per unit, before tax.</param>
/// <param name="Wholesale">Per unit, the center's.</param>
/// <param name="CommissionRate">The network's fraction of retail.</param>
/// <param name="TaxRate">Fraction on retail.</param>
internal sealed record PriceVersion(
    int Version,
    string Unit,
    decimal QuantityPerUnit,
    decimal Retail,
    decimal Wholesale,
    decimal CommissionRate,
    decimal TaxRate
)
{
    /// <summary>null where the unit price is all there is.</summary>
    public PricePlan? Plan { get; private init; }

    /// <summary>The plan's day pattern by the hour; null without one.</summary>
    public WeekHours? Hours { get; private init; }

    /// <summary>Neither tiers nor hours at another price: retail per unit is what every unit costs.</summary>
    public bool IsLinear => Plan is null or { Tiers.Count: 0, Pattern: null };

    public PriceVersion Under(PricePlan? plan) =>
        this with
        {
            Plan = plan,
            Hours = plan?.Pattern is { } pattern ? WeekHours.Of(pattern) : null,
        };
}
