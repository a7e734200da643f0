using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Billing.Tests.Metering;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Corrected readings under a plan, as values: the last word counts, whatever was told before it.</summary>
public sealed class PlanCorrectionTests
{
    private const string Contract = "ctr_1";
    private const string Reservation = "rsv_1";
    private static readonly ChargeParties Parties = new(Contract, "c", "o", "z", Currency.Cny, "CN", "h");

    private static readonly Gen<PricePlan> Tiered =
        from mode in Gen.Elements(TierMode.Graduated, TierMode.Volume)
        from count in Gen.Choose(1, 4)
        // A few seconds to a few minutes of one card: what the readings of the world come to.
        from steps in Gen.Choose(1, 120).ArrayOf(count)
        from factors in PlanGen.Factors.ArrayOf(count)
        select new PricePlan
        {
            TierMode = mode,
            Tiers = [.. steps.Select((_, i) => new PriceTier(steps.Take(i + 1).Sum() / 1000m, factors[i]))],
        };

    private static readonly Gen<int> Seeds = Gen.Choose(0, int.MaxValue - 1);

    private static PriceVersion Price(PricePlan plan) => new PriceVersion(1, "card-hour", 3600, 10, 8.5m, 0.05m, 0.19m).Under(plan);

    private static MemoryIntake Intake(PriceVersion price, long hold) =>
        new(Parties, new Dictionary<string, PriceVersion>(StringComparer.Ordinal) { [MeterRule.CardSeconds] = price }, hold);

    [Fact]
    public void In_any_order_and_with_any_corrections_tiers_come_to_what_the_truth_is_worth() =>
        Properties.Check(
            from plan in Tiered
            from seed in Seeds
            select (plan, seed),
            x =>
            {
                PriceVersion price = Price(x.plan);
                var world = MeterWorld.Of(x.seed, Contract, MeterRule.CardSeconds);
                long hold = x.seed % 400_000;
                MemoryIntake intake = Intake(price, hold);
                foreach (UsageReading[] call in world.Calls())
                {
                    intake.Take(call);
                    if (intake.Charged.Net < 0 || intake.Charged.Tax < 0 || intake.Owed < 0 || intake.Held < 0)
                        return false;
                }
                Share worth = world.Worth(price);
                return intake.Charged == worth
                    && intake.CardSeconds == world.Truth.Values.Sum()
                    && hold - intake.Held - intake.Available + intake.Owed == worth.Net + worth.Tax;
            },
            800
        );

    [Fact]
    public void Under_hours_at_other_prices_the_last_word_about_each_window_is_what_counts() =>
        Properties.Check(
            from tiers in Tiered
            from pattern in PlanGen.Patterns
            from start in PlanGen.Starts
            from seed in Seeds
            select (plan: tiers with { Pattern = pattern }, start, seed),
            x =>
            {
                PriceVersion price = Price(x.plan);
                var random = new Random(x.seed);
                MemoryIntake told = Intake(price, 1_000_000);
                MemoryIntake truth = Intake(price, 1_000_000);
                DateTimeOffset to = x.start;
                decimal counter = 0;
                for (int window = 1; window <= 5; window++)
                {
                    DateTimeOffset from = to;
                    to = from.AddMinutes(1 + random.Next(300));
                    counter += random.Next(600_000) / 1000m;
                    int last = random.Next(4);
                    UsageReading[] revisions =
                    [
                        .. Enumerable
                            .Range(0, last + 1)
                            .Select(r => Reading(from, to, r == last ? counter : random.Next(900_000) / 1000m, r, window)),
                    ];
                    truth.Take([revisions[last]]);
                    random.Shuffle(revisions);
                    int cut = random.Next(revisions.Length + 1);
                    told.Take(revisions[..cut]);
                    told.Take(revisions[cut..]);
                    BookedMeter known = Assert.Single(told.Meters).Value;
                    if (known.OnDemand != Assert.Single(truth.Meters).Value.OnDemand || known.OnDemand.Weighted < 0)
                        return false;
                }
                return told.Charged == truth.Charged && told.Held - told.Owed + told.Available == truth.Held - truth.Owed + truth.Available;
            },
            600
        );

    [Fact]
    public void What_reservations_gave_and_got_back_adds_up_after_every_call() =>
        Properties.Check(
            from plan in Tiered
            from pattern in PlanGen.Patterns
            from reserved in Gen.Choose(1, 600_000)
            from seed in Seeds
            select (plan: plan with { Pattern = pattern }, reserved, seed),
            x =>
            {
                PriceVersion price = Price(x.plan);
                var whole = new Share(7_000_000, 1_330_000, 6_000_000, 650_000, 350_000);
                var terms = new ReservationTerms(x.reserved / 1000m, whole);
                MemoryIntake intake = Intake(price, 0);
                intake.Reserve(new(Reservation, terms.Quantity, MeterWorld.Start.AddDays(-1), MeterWorld.Start.AddDays(1), terms));
                var world = MeterWorld.Of(x.seed, Contract, MeterRule.CardSeconds);
                int calls = 0;
                foreach (UsageReading[] call in world.Calls())
                {
                    // Sometimes its time is over and what was drawn is earned for good.
                    if (x.seed % 3 == 0 && ++calls == 4)
                        intake.Close(Reservation);
                    intake.Take(call);
                    ReservationPool pool = intake.Pools[Reservation];
                    Share earned = terms.EarnedAt(pool.Served);
                    Metered onDemand = intake.Meters.Values.Aggregate(default(Metered), (sum, m) => sum + m.OnDemand);
                    if (
                        pool.Remaining < 0
                        || intake.Served != earned.Net + earned.Tax
                        || intake.Meters.Values.Sum(m => m.Reserved) != pool.Served - intake.Kept
                        || intake.Meters.Values.Any(m => m.Reserved < 0 || m.OnDemand.Quantity < 0 || m.OnDemand.Weighted < 0)
                        || intake.Charged != RatingRule.Rate(onDemand, price).Share
                    )
                        return false;
                }
                return intake.CardSeconds == world.Truth.Values.Sum();
            },
            600
        );

    [Fact]
    public void A_window_that_turns_out_shorter_gives_back_its_last_hours_and_what_was_told_of_earlier_ones_stays()
    {
        // 21:00 to 23:00 in Shanghai, one card: an hour of day, an hour of night at half the price.
        var hours = new DayPattern("Asia/Shanghai", [new([.. Enum.GetValues<DayOfWeek>()], 22, 6, 0.5m)]);
        MemoryIntake intake = Intake(Price(new() { Pattern = hours }), 1_000_000_000);
        DateTimeOffset nine = PlanGen.Utc(2026, 7, 1, 13);
        intake.Take([Reading(nine, nine.AddHours(1), 3600, 0, 1)]);
        intake.Take([Reading(nine.AddHours(1), nine.AddHours(2), 7200, 0, 2)]);
        Assert.Equal(15_000_000, intake.Charged.Net);
        RatedLineDraft line = Assert.Single(intake.Take([Reading(nine.AddHours(1), nine.AddHours(2), 5400, 1, 2)]).Lines);
        Assert.Equal((-1800m, -900m, "correction"), (line.Quantity, line.Weighted, line.Adjustment));
        Assert.Equal(12_500_000, intake.Charged.Net);
        // Less than was told of the hour before: the night is gone, and half of the day.
        intake.Take([Reading(nine.AddHours(1), nine.AddHours(2), 1800, 2, 2)]);
        Assert.Equal(5_000_000, intake.Charged.Net);
        intake.Take([Reading(nine.AddHours(1), nine.AddHours(2), 7200, 3, 2)]);
        Assert.Equal(15_000_000, intake.Charged.Net);
    }

    private static UsageReading Reading(DateTimeOffset from, DateTimeOffset to, decimal quantity, int revision, int window) =>
        new("agent", $"{window}/{revision}", Contract, "alc", MeterRule.CardSeconds, quantity, from, to, Final: false)
        {
            Revision = revision,
        };
}
