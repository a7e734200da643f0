using FsCheck;
using FsCheck.Fluent;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;
using Marketplace.Web.Components.Features.Costs;
using Marketplace.Web.Components.Features.Customers.Costs;

namespace Marketplace.Web.Tests.Features;

/// <summary>Where a month leads, and the bars it is drawn with.</summary>
public sealed class MonthForecastTests
{
    private static readonly DateTimeOffset Month = new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Month.AddMonths(1);

    private static Money Yuan(decimal amount) => Money.From(amount, Currency.Cny);

    [Theory]
    [InlineData(9)]
    [InlineData(15.5)]
    [InlineData(29.999)]
    public void Constant_spending_is_forecast_exactly(double day)
    {
        DateTimeOffset now = Month.AddDays(day);
        decimal hours = (decimal)(now - Month).TotalHours;
        // Two yuan an hour by one long contract, three by work that comes and goes.
        Assert.Equal(Yuan(5 * 24 * 30), MonthForecast.Of(Yuan(5 * hours), [new(Yuan(2), End.AddDays(10))], Yuan(3 * 24 * 7), now, End));
    }

    [Fact]
    public void What_runs_counts_until_it_ends_or_the_month_does()
    {
        DateTimeOffset now = End.AddHours(-10);
        Assert.Equal(Yuan(100 + 4), MonthForecast.Of(Yuan(100), [new(Yuan(1), now.AddHours(4))], Yuan(0), now, End));
        Assert.Equal(Yuan(100 + 10), MonthForecast.Of(Yuan(100), [new(Yuan(1), now.AddDays(4))], Yuan(0), now, End));
        Assert.Equal(Yuan(100), MonthForecast.Of(Yuan(100), [new(Yuan(1), now.AddDays(-4))], Yuan(0), now, End));
        Assert.Equal(Yuan(100 + 10), MonthForecast.Of(Yuan(100), [], Yuan(7 * 24), now, End));
        Assert.Equal(Yuan(100), MonthForecast.Of(Yuan(100), [new(Yuan(9), End.AddDays(9))], Yuan(999), End, End));
        Assert.Throws<ArgumentOutOfRangeException>(() => MonthForecast.Of(Yuan(1), [], Yuan(0), End.AddTicks(1), End));
    }

    [Fact]
    public void It_is_never_below_what_is_charged_and_never_falls_with_more_work() =>
        Properties.Check(
            from charged in Gen.Choose(-1_000, 1_000_000)
            from ended in Gen.Choose(-100_000, 1_000_000)
            from minute in Gen.Choose(0, 30 * 24 * 60)
            from runs in (from rate in Gen.Choose(0, 10_000) from until in Gen.Choose(-1_000, 2_000) select (rate, until)).ArrayOf(4)
            select (charged, ended, minute, runs),
            x =>
            {
                DateTimeOffset now = Month.AddMinutes(x.minute);
                RunningCost[] runs = [.. x.runs.Select(r => new RunningCost(Yuan(r.rate / 100m), now.AddHours(r.until)))];
                Money few = MonthForecast.Of(Yuan(x.charged), runs[..2], Yuan(x.ended), now, End);
                Money all = MonthForecast.Of(Yuan(x.charged), runs, Yuan(x.ended), now, End);
                return few >= Yuan(x.charged) && all >= few;
            },
            500
        );

    [Fact]
    public void Bars_keep_every_day_and_every_amount()
    {
        DateOnly first = new(2026, 4, 1);
        List<DayAmount> amounts = [.. Enumerable.Range(1, 7).Select(i => new DayAmount(first.AddDays(i % 2), $"g{i}", Yuan(i)))];
        var bars = DayBars.Of(amounts, first, first.AddDays(2));
        Assert.Equal(["g7", "g6", "g5", "g4", "g3"], bars.Keys);
        Assert.True(bars.HasOthers);
        Assert.Equal(3, bars.Bars.Count);
        Assert.All(bars.Bars, b => Assert.Equal(6, b.Values.Count));
        // Day one holds the even groups, day two the odd ones; two and one are others.
        Assert.Equal([0, 6, 0, 4, 0, 2], bars.Bars[0].Values);
        Assert.Equal([7, 0, 5, 0, 3, 1], bars.Bars[1].Values);
        Assert.Equal(0, bars.Bars[2].Values.Sum());
        Assert.False(DayBars.Of([.. amounts.Take(5)], first, first).HasOthers);
    }
}
