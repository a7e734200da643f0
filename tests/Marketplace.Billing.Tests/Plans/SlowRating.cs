using System.Numerics;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>
/// The oracle: goes through usage second by second, in integers, and knows nothing of the rules under test. Quantities are thousandths of a
/// card-second, factors ten-thousandths.
/// </summary>
internal sealed class SlowRating(PriceVersion price)
{
    private const long Thousand = 1_000;
    private const long TenThousand = 10_000;

    // The sum of milli-card-seconds × hour factor × 10⁴.
    private BigInteger weighted;

    // The same × tier factor × 10⁴, for graduated tiers.
    private BigInteger graduated;
    private readonly TimeZoneInfo? zone = price.Plan?.Pattern is { } pattern ? TimeZoneInfo.FindSystemTimeZoneById(pattern.TimeZone) : null;

    public BigInteger Quantity { get; private set; }

    /// <summary>In milli-card-seconds × 10⁴.</summary>
    public BigInteger Weighted => weighted;

    public BigInteger Reserved { get; private set; }

    /// <param name="cardMilli">Cards in thousandths.</param>
    /// <param name="pool">Reserved milli-card-seconds left; what is taken is taken off.</param>
    public void Second(DateTimeOffset at, long cardMilli, ref BigInteger pool)
    {
        BigInteger reserved = BigInteger.Min(pool, cardMilli);
        pool -= reserved;
        Reserved += reserved;
        BigInteger charged = cardMilli - reserved;
        Quantity += charged;
        BigInteger step = charged * (long)(FactorAt(at) * TenThousand);
        for (BigInteger left = step; left > 0; )
        {
            // Up to the next threshold, at the factor of the tier it is in.
            PriceTier? next = price.Plan?.Tiers.FirstOrDefault(t => Threshold(t) > weighted);
            BigInteger part = next is null ? left : BigInteger.Min(left, Threshold(next) - weighted);
            graduated += part * (long)(TierAt(weighted) * TenThousand);
            weighted += part;
            left -= part;
        }
    }

    public long NetMicros => Micros(Exact());

    /// <summary>In 10⁻¹² of the currency, half-even.</summary>
    public BigInteger Exact()
    {
        BigInteger priced = price.Plan?.TierMode == TierMode.Volume ? weighted * (long)(TierAt(weighted) * TenThousand) : graduated;
        // milli × 10⁴ × 10⁴ × retail × 10¹² ÷ 3600, in units of 10⁻¹².
        BigInteger retail = (BigInteger)(price.Retail * 1_000_000m);
        return HalfEven(priced * retail * BigInteger.Pow(10, 6), (BigInteger)3600 * Thousand * TenThousand * TenThousand);
    }

    private static long Micros(BigInteger exact) => (long)HalfEven(exact, 1_000_000);

    private static BigInteger HalfEven(BigInteger a, BigInteger b)
    {
        BigInteger q = BigInteger.DivRem(a, b, out BigInteger r);
        return 2 * r > b || (2 * r == b && !q.IsEven) ? q + 1 : q;
    }

    private static BigInteger Threshold(PriceTier tier) => (BigInteger)(tier.FromUnits * 3600 * Thousand * TenThousand);

    private decimal TierAt(BigInteger at) => price.Plan?.Tiers.LastOrDefault(t => Threshold(t) <= at)?.Factor ?? 1;

    private decimal FactorAt(DateTimeOffset at)
    {
        if (price.Plan?.Pattern is not { } pattern)
            return 1;
        DateTime local = TimeZoneInfo.ConvertTimeFromUtc(at.UtcDateTime, zone!);
        foreach (PatternBand band in pattern.Bands)
        {
            bool over = band.ToHour <= band.FromHour;
            bool today = band.Days.Contains(local.DayOfWeek) && local.Hour >= band.FromHour && (over || local.Hour < band.ToHour);
            bool sinceYesterday = over && band.Days.Contains(local.AddDays(-1).DayOfWeek) && local.Hour < band.ToHour;
            if (today || sinceYesterday)
                return band.Factor;
        }
        return 1;
    }
}
