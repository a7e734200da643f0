using FsCheck;
using FsCheck.Fluent;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Random price plans, and times near the days on which clocks change.</summary>
internal static class PlanGen
{
    /// <summary>Zones whose clocks change by an hour, by half an hour (Lord Howe), never, or stand at three quarters (Kathmandu).</summary>
    public static readonly string[] Zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

    public static readonly Gen<decimal> Factors = Gen.Choose(1, 20_000).Select(f => f / 10_000m);

    public static readonly Gen<IReadOnlyList<PriceTier>> Tiers =
        from count in Gen.Choose(0, 4)
        from steps in Gen.Choose(1, 400).ArrayOf(count)
        from factors in Factors.ArrayOf(count)
        select (IReadOnlyList<PriceTier>)[.. steps.Select((_, i) => new PriceTier(steps.Take(i + 1).Sum() / 10m, factors[i]))];

    public static readonly Gen<DayPattern?> Patterns =
        from zone in Gen.Elements(Zones)
        from any in Gen.Choose(0, 3)
        from night in Gen.Choose(18, 23)
        from morning in Gen.Choose(1, 8)
        from noon in Gen.Choose(9, 16)
        from low in Factors
        from high in Factors
        select any == 0
            ? null
            : new DayPattern(
                zone,
                any == 1
                    ? [new PatternBand([.. Enum.GetValues<DayOfWeek>()], night, morning, low)]
                    :
                    [
                        new PatternBand([.. Enum.GetValues<DayOfWeek>()], night, morning, low),
                        new PatternBand([DayOfWeek.Saturday, DayOfWeek.Sunday], noon, 17, high),
                    ]
            );

    public static readonly Gen<MinimumTake?> Minimums =
        from any in Gen.Choose(0, 2)
        from amount in Gen.Choose(1, 2_000_000)
        select any == 0 ? null : new MinimumTake(amount / 10_000m, any == 1 ? MinimumPeriod.Contract : MinimumPeriod.Month);

    public static readonly Gen<PricePlan> Plans =
        from mode in Gen.Elements(TierMode.Graduated, TierMode.Volume)
        from tiers in Tiers
        from pattern in Patterns
        select new PricePlan
        {
            TierMode = mode,
            Tiers = tiers,
            Pattern = pattern,
        };

    // Some hours before clocks change somewhere, or the month does.
    private static readonly DateTimeOffset[] Turns =
    [
        Utc(2026, 3, 8),
        Utc(2026, 3, 29),
        Utc(2026, 4, 4),
        Utc(2026, 10, 3),
        Utc(2026, 10, 25),
        Utc(2026, 11, 1),
        Utc(2026, 7, 15),
        Utc(2027, 1, 1),
    ];

    public static readonly Gen<DateTimeOffset> Starts =
        from turn in Gen.Elements(Turns)
        from before in Gen.Choose(-20 * 3600, 6 * 3600)
        select turn.AddSeconds(before);

    public static DateTimeOffset Utc(int year, int month, int day, int hour = 0) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);
}
