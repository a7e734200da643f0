using System.Numerics;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>
/// Lays a window's quantity out in time and weighs each part by the factor of its hour. A reading says how much was used between two
/// instants, not when; it counts as used evenly. Windows are minutes, and a border inside one divides it to the tick.
/// </summary>
internal static class UsageWeight
{
    private const int FactorDecimals = PricePlanRules.FactorDecimals;

    /// <param name="hours">null weighs nothing.</param>
    /// <param name="quantity">Used in [from, to).</param>
    /// <param name="covered">The first part of it, in time, that a reservation covers and that therefore is not counted.</param>
    /// <returns>The weighted rest, rounded once, half-even, to twelve decimals.</returns>
    /// <exception cref="ArgumentException">More is covered than was used, or the window ends before it begins.</exception>
    public static decimal Of(WeekHours? hours, decimal quantity, DateTimeOffset from, DateTimeOffset to, decimal covered = 0)
    {
        if (covered < 0 || covered > quantity || to < from)
            throw new ArgumentException($"{covered} of {quantity} cannot be covered between {from:O} and {to:O}.");
        if (hours is null)
            return quantity - covered;
        if (from == to)
            return decimal.Round((quantity - covered) * hours.At(from), RatingRule.ExactDecimals, MidpointRounding.ToEven);
        BigInteger length = (to - from).Ticks;
        BigInteger used = ExactMath.Scaled(quantity, RatingRule.ExactDecimals);
        // Everything in quantity × length, so that nothing is rounded before the end.
        BigInteger skipped = ExactMath.Scaled(covered, RatingRule.ExactDecimals) * length;
        BigInteger weighted = 0;
        foreach (var (start, end, factor) in hours.Divide(from, to))
        {
            BigInteger first = BigInteger.Max(used * (start - from).Ticks, skipped);
            BigInteger last = used * (end - from).Ticks;
            if (last > first)
                weighted += (last - first) * ExactMath.Scaled(factor, FactorDecimals);
        }
        return ExactMath.Unscaled(ExactMath.RoundHalfEven(weighted, length * BigInteger.Pow(10, FactorDecimals)), RatingRule.ExactDecimals);
    }
}
