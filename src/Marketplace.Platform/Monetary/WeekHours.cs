namespace Marketplace.Platform.Monetary;

/// <summary>A day pattern by the hour: the factor of each of the 168 hours of a local week, and of any instant.</summary>
public sealed class WeekHours
{
    public const int HoursPerDay = 24;
    private const int DaysPerWeek = 7;

    // Every offset in use is a whole number of quarters, so local hours, and daylight saving, change at whole quarters of UTC.
    private static readonly long Cell = TimeSpan.FromMinutes(15).Ticks;
    private readonly TimeZoneInfo zone;
    private readonly decimal[] factors;

    private WeekHours(TimeZoneInfo zone, decimal[] factors) => (this.zone, this.factors) = (zone, factors);

    /// <exception cref="ArgumentException">The time zone is unknown, or two bands share an hour.</exception>
    public static WeekHours Of(DayPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(pattern.TimeZone, out TimeZoneInfo? zone))
            throw new ArgumentException($"'{pattern.TimeZone}' is no time zone.", nameof(pattern));
        return new WeekHours(zone, Factors(pattern.Bands) ?? throw new ArgumentException("Two bands share an hour.", nameof(pattern)));
    }

    /// <summary>Whether two bands share an hour.</summary>
    public static bool Overlap(IReadOnlyList<PatternBand> bands) => Factors(bands) is null;

    /// <summary>The factor of an hour of a local day.</summary>
    public decimal At(DayOfWeek day, int hour) => factors[((int)day * HoursPerDay) + hour];

    /// <summary>The factor at an instant.</summary>
    public decimal At(DateTimeOffset instant)
    {
        DateTime local = TimeZoneInfo.ConvertTimeFromUtc(instant.UtcDateTime, zone);
        return At(local.DayOfWeek, local.Hour);
    }

    /// <summary>The highest factor there is.</summary>
    public decimal Highest => factors.Max();

    /// <summary>Divides a half-open window at the pattern's borders: adjacent spans with another factor each, in order.</summary>
    public IEnumerable<(DateTimeOffset From, DateTimeOffset To, decimal Factor)> Divide(DateTimeOffset from, DateTimeOffset to)
    {
        DateTimeOffset start = from;
        decimal factor = At(from);
        for (DateTimeOffset at = NextCell(from); at < to; at = NextCell(at))
        {
            decimal next = At(at);
            if (next == factor)
                continue;
            yield return (start, at, factor);
            (start, factor) = (at, next);
        }
        if (start < to)
            yield return (start, to, factor);
    }

    private static DateTimeOffset NextCell(DateTimeOffset at) => new(((at.UtcTicks / Cell) + 1) * Cell, TimeSpan.Zero);

    private static decimal[]? Factors(IReadOnlyList<PatternBand> bands)
    {
        decimal?[] hours = new decimal?[DaysPerWeek * HoursPerDay];
        foreach (PatternBand band in bands)
        {
            int length = band.ToHour > band.FromHour ? band.ToHour - band.FromHour : band.ToHour + HoursPerDay - band.FromHour;
            foreach (DayOfWeek day in band.Days)
            {
                for (int i = 0; i < length; i++)
                {
                    ref decimal? hour = ref hours[((((int)day * HoursPerDay) + band.FromHour) + i) % hours.Length];
                    if (hour is not null)
                        return null;
                    hour = band.Factor;
                }
            }
        }
        return [.. hours.Select(h => h ?? 1)];
    }
}
