using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Rating under a plan, against an oracle that goes through the usage second by second.</summary>
public sealed class PlanRuleTests
{
    private const string Contract = "ctr";
    private const string Meter = "card-seconds";

    private static readonly Gen<PriceVersion> Prices =
        from plan in PlanGen.Plans
        from retail in Gen.Choose(0, 40_000_000)
        from wholesale in Gen.Choose(0, 1200)
        select Price(retail / 1_000_000m, retail / 1_000_000m * wholesale / 1000, plan);

    private static readonly Gen<Usage> Usages =
        from price in Prices
        from start in PlanGen.Starts
        from windows in Gen.Choose(1, 5_000).ListOf()
        from cards in Gen.Choose(1, 8_000)
        from pool in Gen.Choose(0, 3)
        from reserved in Gen.Choose(1, 40_000_000)
        select new Usage(price, start, [.. windows.Take(6)], cards, pool == 0 ? reserved : 0);

    /// <param name="Windows">Seconds of each.</param>
    /// <param name="Reserved">Milli-card-seconds.</param>
    internal sealed record Usage(PriceVersion Price, DateTimeOffset Start, IReadOnlyList<int> Windows, int CardMilli, int Reserved);

    private static PriceVersion Price(decimal retail, decimal wholesale, PricePlan plan) =>
        new PriceVersion(1, "card-hour", 3600, retail, wholesale, 0.05m, 0.19m).Under(plan);

    [Fact]
    public void Rating_equals_a_second_by_second_summation() =>
        Properties.Check(
            Usages,
            u =>
            {
                var (rated, onDemand, drawn) = Run(u, u.Windows);
                var slow = new SlowRating(u.Price);
                BigInteger pool = u.Reserved;
                for (int second = 0; second < u.Windows.Sum(); second++)
                    slow.Second(u.Start.AddSeconds(second), u.CardMilli, ref pool);
                return rated.Share.Net == slow.NetMicros
                    && (BigInteger)(rated.Exact * 1_000_000_000_000m) == slow.Exact()
                    && (BigInteger)(onDemand.Weighted * 10_000_000m) == slow.Weighted
                    && (BigInteger)(drawn * 1000) == slow.Reserved
                    && rated.Share.Net == rated.Share.Center + rated.Share.Operator + rated.Share.Commission;
            },
            150
        );

    [Fact]
    public void Whatever_windows_the_usage_comes_in_the_sum_is_the_same() =>
        Properties.Check(
            from u in Usages
            from cuts in Gen.Choose(1, 30_000).ListOf()
            select (u, cuts),
            x =>
            {
                int total = x.u.Windows.Sum();
                int[] borders = [0, .. x.cuts.Where(c => c < total).Distinct().Order(), total];
                int[] other = [.. borders.Zip(borders.Skip(1), (a, b) => b - a)];
                return Run(x.u, x.u.Windows) == Run(x.u, other) && Run(x.u, [total]) == Run(x.u, other);
            },
            150
        );

    [Fact]
    public void More_usage_never_costs_less_under_graduated_tiers() =>
        Properties.Check(
            from price in Prices
            from less in Gen.Choose(0, 1_000_000)
            from more in Gen.Choose(0, 1_000_000)
            select (price: price.Under(price.Plan! with { TierMode = TierMode.Graduated }), less, more),
            x =>
                RatingRule.Rate(x.less, x.price).Exact <= RatingRule.Rate(x.less + x.more, x.price).Exact
                && RatingRule.Rate(x.less, x.price).Share.Tax <= RatingRule.Rate(x.less + x.more, x.price).Share.Tax,
            500
        );

    [Fact]
    public void Tiers_count_as_their_mode_says()
    {
        PricePlan plan = new() { Tiers = [new(10, 0.9m), new(100, 0.5m)] };
        decimal Hours(decimal hours, TierMode mode) =>
            RatingRule.Rate(hours * 3600, Price(10, 8, plan with { TierMode = mode })).Share.Net / 1_000_000m;
        Assert.Equal(100, Hours(10, TierMode.Graduated));
        Assert.Equal(109, Hours(11, TierMode.Graduated));
        Assert.Equal(100 + 810 + 50, Hours(110, TierMode.Graduated));
        // Volume: the tenth hour makes all ten cheaper.
        Assert.Equal(99.99m, Hours(9.999m, TierMode.Volume));
        Assert.Equal(90, Hours(10, TierMode.Volume));
        Assert.Equal(550, Hours(110, TierMode.Volume));
    }

    [Fact]
    public void A_night_is_as_long_as_the_clock_makes_it()
    {
        var hours = WeekHours.Of(new DayPattern("Europe/Berlin", [new([.. Enum.GetValues<DayOfWeek>()], 22, 6, 0.6m)]));
        // 22:00 to 06:00 in Berlin: eight hours, seven when the clock goes forward, nine when it goes back.
        decimal Night(DateTimeOffset from, DateTimeOffset to) =>
            UsageWeight.Of(hours, (decimal)(to - from).TotalHours, from.AddHours(-1), to.AddHours(1)) is var wide
            && UsageWeight.Of(hours, (decimal)(to - from).TotalHours, from, to) is var exact
            && wide > exact
                ? exact
                : throw new InvalidOperationException($"{wide} is not more than {exact}.");
        Assert.Equal(8 * 0.6m, Night(PlanGen.Utc(2026, 7, 1, 20), PlanGen.Utc(2026, 7, 2, 4)));
        Assert.Equal(7 * 0.6m, Night(PlanGen.Utc(2026, 3, 28, 21), PlanGen.Utc(2026, 3, 29, 4)));
        Assert.Equal(9 * 0.6m, Night(PlanGen.Utc(2026, 10, 24, 20), PlanGen.Utc(2026, 10, 25, 5)));
        // Half-open: 06:00 itself is day.
        Assert.Equal(1, hours.At(PlanGen.Utc(2026, 7, 2, 4)));
        Assert.Equal(0.6m, hours.At(PlanGen.Utc(2026, 7, 2, 4).AddTicks(-1)));
        // A whole day has 24, 23 and 25 hours, of which the night's count less.
        decimal Day(DateTimeOffset from, int length) => UsageWeight.Of(hours, length, from, from.AddHours(length));
        Assert.Equal(16 + (8 * 0.6m), Day(PlanGen.Utc(2026, 6, 30, 22), 24));
        Assert.Equal(16 + (7 * 0.6m), Day(PlanGen.Utc(2026, 3, 28, 23), 23));
        Assert.Equal(16 + (9 * 0.6m), Day(PlanGen.Utc(2026, 10, 24, 22), 25));
    }

    [Fact]
    public void What_is_reserved_is_used_first_in_time()
    {
        var hours = WeekHours.Of(new DayPattern("Asia/Shanghai", [new([.. Enum.GetValues<DayOfWeek>()], 22, 6, 0.5m)]));
        // 21:00 to 23:00 in Shanghai, one card: an hour of day, an hour of night. The reserved hour is the first.
        Assert.Equal(0.5m, UsageWeight.Of(hours, 2, PlanGen.Utc(2026, 7, 1, 13), PlanGen.Utc(2026, 7, 1, 15), covered: 1));
        Assert.Equal(0, UsageWeight.Of(hours, 2, PlanGen.Utc(2026, 7, 1, 13), PlanGen.Utc(2026, 7, 1, 15), covered: 2));
        Assert.Throws<ArgumentException>(() =>
            UsageWeight.Of(hours, 2, PlanGen.Utc(2026, 7, 1, 13), PlanGen.Utc(2026, 7, 1, 15), covered: 2.1m)
        );
    }

    [Fact]
    public void A_reservation_earns_all_of_what_was_paid_whatever_it_is_served_in() =>
        Properties.Check(
            from net in Gen.Choose(0, 1_000_000_000)
            from quantity in Gen.Choose(1, 3_600_000)
            from parts in Gen.Choose(1, 1_000_000).ListOf()
            select (net, quantity, parts),
            x =>
            {
                var terms = new ReservationTerms(
                    x.quantity,
                    new Share(x.net, x.net / 5, x.net / 2, x.net - (x.net / 2) - (x.net / 20), x.net / 20)
                );
                decimal served = 0;
                Share earned = default;
                foreach (int part in x.parts.Append(int.MaxValue))
                {
                    decimal next = Math.Min(x.quantity, served + part);
                    Share delta = terms.EarnedAt(next) - terms.EarnedAt(served);
                    if (delta.Net < 0 || delta.Tax < 0 || delta.Net != delta.Center + delta.Operator + delta.Commission)
                        return false;
                    (earned, served) = (earned + delta, next);
                }
                return earned == terms.Whole;
            },
            300
        );

    private static (Rated Rated, Metered OnDemand, decimal Drawn) Run(Usage u, IReadOnlyList<int> windows)
    {
        var whole = new Share(u.Reserved, 0, 0, u.Reserved, 0);
        var pools = new Dictionary<string, IReadOnlyList<ReservationPool>>(StringComparer.Ordinal);
        if (u.Reserved > 0)
            pools[Contract] =
            [
                new("rsv", u.Reserved / 1000m, u.Start, u.Start.AddYears(1), new ReservationTerms(u.Reserved / 1000m, whole)),
            ];
        var rater = new WindowRater(RatingState.Empty with { Pools = pools });
        Rated rated = default;
        Metered onDemand = default;
        decimal drawn = 0;
        DateTimeOffset from = u.Start;
        foreach (int seconds in windows)
        {
            DateTimeOffset to = from.AddSeconds(seconds);
            decimal counter = onDemand.Quantity + drawn;
            RatedWindow window = rater.Rate(
                new AllocationMeter(Contract, "alc", Meter),
                u.Price,
                new WindowChange(new LastWindow(from, counter, onDemand), to, counter + (u.CardMilli * seconds / 1000m), drawn, onDemand),
                reservable: true
            );
            (rated, onDemand, drawn, from) = (rated + window.Charge, onDemand + window.OnDemand, drawn + window.Reserved, to);
        }
        return (rated, onDemand, drawn);
    }
}
