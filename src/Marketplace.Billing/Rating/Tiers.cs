using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>Tiers turn a quantity into the quantity at the unit price that costs the same.</summary>
internal static class Tiers
{
    /// <param name="weighted">Cumulative, in readings.</param>
    /// <param name="perUnit">Readings per priced unit, in which the thresholds are given.</param>
    public static decimal Apply(PricePlan plan, decimal weighted, decimal perUnit) =>
        plan.TierMode == TierMode.Volume ? weighted * FactorAt(plan, weighted, perUnit) : Graduated(plan, weighted, perUnit);

    /// <summary>The most that any quantity up to one costs: volume tiers cost less past a threshold than just before it.</summary>
    /// <returns>In readings at the unit price.</returns>
    public static decimal Highest(PricePlan plan, decimal weighted, decimal perUnit)
    {
        decimal most = Apply(plan, weighted, perUnit);
        if (plan.TierMode != TierMode.Volume)
            return most;
        decimal before = 1;
        foreach (PriceTier tier in plan.Tiers)
        {
            decimal threshold = tier.FromUnits * perUnit;
            if (threshold > weighted)
                break;
            most = Math.Max(most, threshold * before);
            before = tier.Factor;
        }
        return most;
    }

    private static decimal FactorAt(PricePlan plan, decimal weighted, decimal perUnit)
    {
        decimal factor = 1;
        foreach (PriceTier tier in plan.Tiers)
        {
            if (weighted < tier.FromUnits * perUnit)
                break;
            factor = tier.Factor;
        }
        return factor;
    }

    private static decimal Graduated(PricePlan plan, decimal weighted, decimal perUnit)
    {
        decimal priced = 0;
        decimal from = 0;
        decimal factor = 1;
        foreach (PriceTier tier in plan.Tiers)
        {
            decimal to = tier.FromUnits * perUnit;
            if (weighted <= to)
                break;
            priced += (to - from) * factor;
            (from, factor) = (to, tier.Factor);
        }
        return priced + ((weighted - from) * factor);
    }
}
