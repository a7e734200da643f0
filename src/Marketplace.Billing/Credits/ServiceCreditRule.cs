namespace Marketplace.Billing.Credits;

/// <param name="Below">An availability, 0 to 1.</param>
/// <param name="Fraction">Of the period's charge, 0 to 1.</param>
internal readonly record struct ServiceCreditTier(decimal Below, decimal Fraction);

/// <summary>How much credit an availability is worth. Pure.</summary>
internal static class ServiceCreditRule
{
    /// <summary>Served time that was not down, of the served time; 1 when nothing was served.</summary>
    public static decimal Availability(TimeSpan served, TimeSpan down) =>
        served <= TimeSpan.Zero ? 1 : 1 - (Math.Clamp(down.Ticks, 0, served.Ticks) / (decimal)served.Ticks);

    /// <returns>Of the lowest tier the availability is below; zero when it is below none.</returns>
    public static decimal Fraction(IReadOnlyList<ServiceCreditTier> tiers, decimal availability) =>
        tiers.Where(t => availability < t.Below).Select(t => t.Fraction).DefaultIfEmpty(0).Max();

    /// <summary>The fraction of what was charged, half-even, and together with earlier credits never more than was charged.</summary>
    /// <param name="charged">Tax included, micro-units.</param>
    /// <param name="credited">For the same contract and period before.</param>
    public static long Amount(long charged, decimal fraction, long credited) =>
        Math.Max(
            0,
            Math.Min((long)decimal.Round(Math.Max(0, charged) * fraction, 0, MidpointRounding.ToEven), checked(charged - credited))
        );
}
