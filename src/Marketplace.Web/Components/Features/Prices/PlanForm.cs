using Marketplace.Platform.Monetary;

namespace Marketplace.Web.Components.Features.Prices;

/// <summary>A price plan as an operator fills it in: percents instead of factors, a band by its days. What is empty is not part of it.</summary>
public sealed class PlanForm
{
    public const string EveryDay = "All";
    public const string Weekdays = "Week";
    public const string Weekend = "Weekend";
    private const decimal Whole = 100;

    public TierMode TierMode { get; set; } = TierMode.Graduated;
    public List<TierRow> Tiers { get; } = [];
    public string TimeZone { get; set; } = "Asia/Shanghai";
    public List<BandRow> Bands { get; } = [];
    public decimal? MinimumAmount { get; set; }
    public MinimumPeriod MinimumPeriod { get; set; } = MinimumPeriod.Contract;
    public decimal? PrepaidPercent { get; set; }
    public decimal? PrepaidDays { get; set; } = 90;
    public decimal? PrepaidLeast { get; set; } = 100;

    public sealed class TierRow
    {
        public decimal? From { get; set; }

        /// <summary>Of the unit price.</summary>
        public decimal? Percent { get; set; }
    }

    public sealed class BandRow
    {
        public string Days { get; set; } = EveryDay;
        public decimal? From { get; set; } = 22;
        public decimal? To { get; set; } = 6;

        /// <summary>Of the unit price.</summary>
        public decimal? Percent { get; set; } = 60;

        /// <summary>Days that none of the choices says, kept as they came.</summary>
        public IReadOnlyList<DayOfWeek>? Other { get; init; }
    }

    public static PlanForm Of(PricePlan? plan)
    {
        var form = new PlanForm();
        if (plan is null)
            return form;
        form.TierMode = plan.TierMode;
        form.Tiers.AddRange(plan.Tiers.Select(t => new TierRow { From = t.FromUnits, Percent = t.Factor * Whole }));
        form.TimeZone = plan.Pattern?.TimeZone ?? form.TimeZone;
        form.Bands.AddRange(
            (plan.Pattern?.Bands ?? []).Select(b => new BandRow
            {
                Days = Choices.FirstOrDefault(c => DaysOf(c).Order().SequenceEqual(b.Days.Order())) ?? "",
                Other = b.Days,
                From = b.FromHour,
                To = b.ToHour,
                Percent = b.Factor * Whole,
            })
        );
        form.MinimumAmount = plan.Minimum?.Amount;
        form.MinimumPeriod = plan.Minimum?.Period ?? MinimumPeriod.Contract;
        form.PrepaidPercent = plan.Prepaid?.Factor * Whole;
        form.PrepaidDays = plan.Prepaid?.Days ?? form.PrepaidDays;
        form.PrepaidLeast = plan.Prepaid?.MinUnits ?? form.PrepaidLeast;
        return form;
    }

    /// <summary>What was filled in; the rules say what is wrong with it, so a field left out becomes a value they refuse.</summary>
    public PricePlan ToPlan() =>
        new()
        {
            TierMode = TierMode,
            Tiers = [.. Tiers.Select(t => new PriceTier(t.From ?? 0, (t.Percent ?? 0) / Whole))],
            Pattern =
                Bands.Count == 0
                    ? null
                    : new DayPattern(
                        TimeZone,
                        [
                            .. Bands.Select(b => new PatternBand(
                                b.Days.Length == 0 ? b.Other ?? [] : DaysOf(b.Days),
                                HourOf(b.From),
                                HourOf(b.To),
                                (b.Percent ?? 0) / Whole
                            )),
                        ]
                    ),
            Minimum = MinimumAmount is { } amount ? new MinimumTake(amount, MinimumPeriod) : null,
            Prepaid = PrepaidPercent is { } percent
                ? new PrepaidPrice(percent / Whole, NumberOf(PrepaidDays), NumberOf(PrepaidLeast))
                : null,
        };

    public static IReadOnlyList<string> Choices { get; } = [EveryDay, Weekdays, Weekend];

    private static IReadOnlyList<DayOfWeek> DaysOf(string choice) =>
        choice switch
        {
            Weekend => [DayOfWeek.Saturday, DayOfWeek.Sunday],
            Weekdays => [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday],
            _ => [.. Enum.GetValues<DayOfWeek>()],
        };

    private static int HourOf(decimal? hour) => hour is >= 0 and <= 24 && hour.Value % 1 == 0 ? (int)hour.Value : -1;

    private static int NumberOf(decimal? value) => value is > 0 and < int.MaxValue && value.Value % 1 == 0 ? (int)value.Value : 0;
}
