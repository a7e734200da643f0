using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Scoring;

/// <summary>Prices of placements. Money is exact: 128-bit products, rounded up once.</summary>
internal static class Prices
{
    /// <summary>Price per hour in micro-units, rounded up.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits; candidates that dear are never collected.</exception>
    public static long PerHour(long pricePerCardHour, long cardMilli) => (long)((((Int128)pricePerCardHour * cardMilli) + 999) / 1000);

    /// <summary>Units of work per second of a whole role, or null when unknown.</summary>
    public static double? UnitsPerSecond(Role role, int variant)
    {
        var shape = role.Variants[variant];
        return shape.Throughput * Math.Max(1, shape.CardsPerReplica) * role.Replicas;
    }

    /// <summary>Micro-units per unit of work: price per hour / (units per second · 3600), to 6 decimals.</summary>
    public static decimal? PerUnit(decimal pricePerHour, double? unitsPerSecond)
    {
        if (unitsPerSecond is not { } units)
        {
            return null;
        }

        // A throughput outside decimal's range says nothing useful about a price.
        return units is > 1e-12 and < 1e24 ? Math.Round(pricePerHour / ((decimal)units * 3600m), 6) : null;
    }
}
