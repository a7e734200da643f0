using Marketplace.Platform.Monetary;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Plans.PlanVerbs;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Closes months, and therefore has its database to itself.</summary>
public sealed class MonthlyMinimumTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_monthly_minimum_is_charged_when_the_month_is_over_and_in_part_for_a_part_of_it()
    {
        await using var house = Over(db);
        PricePlan plan = new() { Minimum = new(310, MinimumPeriod.Month) };
        DateTimeOffset start = house.Now;
        var monthEnd = new DateTimeOffset(start.Year, start.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
        var terms = await house.ContractAsync(hold: 2000, with: t => t with { Plan = plan });
        await house.RecordAsync(house.Reading(terms, 1, 1));
        await house.WorkAsync();
        Assert.Equal(Money(0), (await BillingAsync(house, terms)).CommitmentNet);

        house.Time.Advance(monthEnd.AddHours(1) - house.Now);
        await house.WorkAsync();
        await house.WorkAsync();
        decimal days = DateTime.DaysInMonth(start.Year, start.Month);
        decimal first = decimal.Round(310 * (decimal)(monthEnd - start).TotalDays / days, 6);
        var billing = await ProvenAsync(house, terms);
        Assert.Equal(first - 10, billing.CommitmentNet.Amount);

        house.Time.Advance(monthEnd.AddDays(3) - house.Now);
        await SettleAsync(house, terms);
        decimal second = decimal.Round(310 * 3m / DateTime.DaysInMonth(monthEnd.Year, monthEnd.Month), 6);
        billing = await ProvenAsync(house, terms);
        Assert.Equal(first - 10 + second, billing.CommitmentNet.Amount);
    }
}
