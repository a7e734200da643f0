using Marketplace.Market.Contracts;

namespace Marketplace.Market.Domain;

/// <summary>
/// Exact prices. A decimal carries 28 digits; the bounds below (5 + 18 for the price, 1 + 4 for one plus the markup) keep every retail
/// price inside them, so that wholesale × (1 + markup) is never rounded.
/// </summary>
internal static class Pricing
{
    /// <summary>Prices per card-hour are below this, in main units.</summary>
    public const decimal PriceLimit = 100_000m;
    public const int PriceDecimals = 18;

    /// <summary>Markups are below this fraction.</summary>
    public const decimal MarkupLimit = 9m;
    public const int MarkupDecimals = 4;

    private const int SecondsPerHour = 3600;
    private const int WorkPriceDecimals = 9;

    /// <summary>Retail per card-hour, exact, without trailing zeros.</summary>
    public static decimal Retail(decimal wholesale, decimal markup) => Plain(wholesale * (1 + markup));

    /// <summary>Price of <paramref name="units"/> units of work; null where nobody measured the chip.</summary>
    /// <param name="unitsPerSecond">Measured throughput of one card.</param>
    public static decimal? PerWork(decimal perCardHour, double? unitsPerSecond, long units) =>
        unitsPerSecond is > 0
            ? Plain(decimal.Round(perCardHour / ((decimal)unitsPerSecond.Value * SecondsPerHour) * units, WorkPriceDecimals))
            : null;

    /// <summary>Removes the trailing zeros a numeric(38,18) column adds.</summary>
    public static decimal Plain(decimal value) => value / 1.0000000000000000000000000000m;

    /// <summary>Digits after the point that are not trailing zeros.</summary>
    public static int Decimals(decimal value) => Plain(value).Scale;

    /// <summary>
    /// What has been asked since a moment, oldest first, at one markup: a point for each change of the price. A version counts from when
    /// it was in force and known; one that was written for the past changes nothing in the past.
    /// </summary>
    public static IReadOnlyList<PricePoint> History(
        IReadOnlyList<PriceVersion> versions,
        decimal markup,
        DateTimeOffset since,
        DateTimeOffset now
    )
    {
        List<PricePoint> points = [];
        var moments = versions.Select(Began).Where(m => m > since && m <= now).Prepend(since).Distinct().Order();
        foreach (DateTimeOffset moment in moments)
        {
            PriceVersion? current = versions.Where(v => Began(v) <= moment).MaxBy(v => v.Version);
            if (current is null)
                continue;
            decimal retail = Retail(current.PricePerCardHour, markup);
            if (points.Count == 0 || points[^1].PricePerCardHour != retail)
                points.Add(new PricePoint(moment, retail));
        }
        return points;

        static DateTimeOffset Began(PriceVersion version) =>
            version.EffectiveFrom > version.RecordedAt ? version.EffectiveFrom : version.RecordedAt;
    }

    /// <summary>
    /// The version that applies at a moment: of those whose time has come, the one recorded last. A later version supersedes an earlier
    /// one from its own effective date on.
    /// </summary>
    public static PriceVersion? At(IReadOnlyList<PriceVersion> versions, DateTimeOffset now)
    {
        PriceVersion? current = null;
        foreach (PriceVersion version in versions)
        {
            if (version.EffectiveFrom <= now && (current is null || version.Version > current.Version))
                current = version;
        }
        return current;
    }
}
