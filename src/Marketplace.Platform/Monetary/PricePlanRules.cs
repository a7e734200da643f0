using Marketplace.Platform.Outcomes;

namespace Marketplace.Platform.Monetary;

/// <summary>Which plans can be sold: every bound by field, with what to do.</summary>
public static class PricePlanRules
{
    public const int MostTiers = 10;
    public const int MostBands = 20;
    public const decimal HighestFactor = 10;
    public const int FactorDecimals = 4;
    public const decimal HighestUnits = 100_000_000;
    public const decimal HighestAmount = 100_000_000;
    public const int AmountDecimals = 6;
    public const int MostPrepaidDays = 1096;
    private static readonly string FactorFix =
        $"Give a factor above 0 and at most {HighestFactor} with at most {FactorDecimals} decimals; 0.6 is 40 % less.";

    /// <param name="pointer">Where the plan stands in its document, for example <c>/plan</c>.</param>
    /// <returns>One entry per fault; empty when the plan can be sold.</returns>
    public static IReadOnlyList<FieldError> Check(PricePlan plan, string pointer)
    {
        ArgumentNullException.ThrowIfNull(plan);
        List<FieldError> errors = [];
        Tiers(plan, pointer, errors);
        if (plan.Minimum is { } minimum)
            Minimum(minimum, $"{pointer}/minimum", errors);
        if (plan.Pattern is { } pattern)
            Pattern(pattern, $"{pointer}/pattern", errors);
        if (plan.Prepaid is { } prepaid)
            Prepaid(prepaid, $"{pointer}/prepaid", errors);
        return errors;
    }

    private static void Tiers(PricePlan plan, string pointer, List<FieldError> errors)
    {
        if (!Enum.IsDefined(plan.TierMode))
            errors.Add(new FieldError($"{pointer}/tierMode", "There is no such kind of tiers.", "Use graduated or volume."));
        if (plan.Tiers.Count > MostTiers)
            errors.Add(new FieldError($"{pointer}/tiers", $"There are more than {MostTiers} tiers.", "Leave some out."));
        for (int i = 0; i < Math.Min(plan.Tiers.Count, MostTiers); i++)
        {
            PriceTier tier = plan.Tiers[i];
            string at = $"{pointer}/tiers/{i}";
            decimal before = i == 0 ? 0 : plan.Tiers[i - 1].FromUnits;
            if (tier.FromUnits <= before || tier.FromUnits > HighestUnits || Decimals(tier.FromUnits) > FactorDecimals)
                errors.Add(
                    new FieldError(
                        $"{at}/fromUnits",
                        "The tier begins at or before the one before it, or out of range.",
                        $"Give card-hours that rise from tier to tier, above 0 and at most {HighestUnits:0}."
                    )
                );
            Factor(tier.Factor, $"{at}/factor", errors);
        }
    }

    private static void Minimum(MinimumTake minimum, string pointer, List<FieldError> errors)
    {
        if (minimum.Amount is <= 0 or > HighestAmount || Decimals(minimum.Amount) > AmountDecimals)
            errors.Add(
                new FieldError(
                    $"{pointer}/amount",
                    "The minimum take is out of range.",
                    $"Give an amount above 0 and at most {HighestAmount:0}, with at most {AmountDecimals} decimals; leave the minimum out when there is none."
                )
            );
        if (!Enum.IsDefined(minimum.Period))
            errors.Add(new FieldError($"{pointer}/period", "There is no such period.", "Use contract or month."));
    }

    private static void Pattern(DayPattern pattern, string pointer, List<FieldError> errors)
    {
        // Windows' own names differ from machine to machine.
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(pattern.TimeZone ?? "", out TimeZoneInfo? zone) || !zone.HasIanaId)
            errors.Add(new FieldError($"{pointer}/timeZone", "This is no time zone.", "Give an IANA name, for example Asia/Shanghai."));
        if (pattern.Bands is not { Count: > 0 and <= MostBands })
        {
            errors.Add(
                new FieldError(
                    $"{pointer}/bands",
                    "There are no hours, or too many.",
                    $"Give 1 to {MostBands} bands, or leave the pattern out."
                )
            );
            return;
        }
        int before = errors.Count;
        for (int i = 0; i < pattern.Bands.Count; i++)
        {
            PatternBand band = pattern.Bands[i];
            string at = $"{pointer}/bands/{i}";
            if (
                band.Days is not { Count: > 0 }
                || band.Days.Any(d => !Enum.IsDefined(d))
                || band.Days.Distinct().Count() != band.Days.Count
            )
                errors.Add(
                    new FieldError($"{at}/days", "The days are missing, or one is there twice.", "Name at least one day, each once.")
                );
            if (band.FromHour is < 0 or >= WeekHours.HoursPerDay)
                errors.Add(new FieldError($"{at}/fromHour", "This is no hour to begin at.", "Give an hour from 0 to 23."));
            if (band.ToHour is < 1 or > WeekHours.HoursPerDay || band.ToHour == band.FromHour)
                errors.Add(
                    new FieldError(
                        $"{at}/toHour",
                        "This is no hour to end at.",
                        "Give an hour from 1 to 24, another than it begins at; an earlier one is on the next day."
                    )
                );
            Factor(band.Factor, $"{at}/factor", errors);
        }
        if (errors.Count == before && WeekHours.Overlap(pattern.Bands))
            errors.Add(new FieldError($"{pointer}/bands", "Two bands share an hour.", "Let each hour of the week be in one band at most."));
    }

    private static void Prepaid(PrepaidPrice prepaid, string pointer, List<FieldError> errors)
    {
        Factor(prepaid.Factor, $"{pointer}/factor", errors);
        if (prepaid.Days is < 1 or > MostPrepaidDays)
            errors.Add(
                new FieldError(
                    $"{pointer}/days",
                    "The time to use it is out of range.",
                    $"Give a number of days from 1 to {MostPrepaidDays}."
                )
            );
        if (prepaid.MinUnits is < 1 or > 1_000_000)
            errors.Add(new FieldError($"{pointer}/minUnits", "The least that is sold is out of range.", "Give 1 to 1000000 card-hours."));
    }

    private static void Factor(decimal factor, string pointer, List<FieldError> errors)
    {
        if (factor is <= 0 or > HighestFactor || Decimals(factor) > FactorDecimals)
            errors.Add(new FieldError(pointer, "The factor is out of range or has too many decimals.", FactorFix));
    }

    private static int Decimals(decimal value) => (value / 1.0000000000000000000000000000m).Scale;
}
