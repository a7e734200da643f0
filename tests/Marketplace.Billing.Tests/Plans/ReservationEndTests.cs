using Marketplace.Billing.Contracts;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Plans.PlanVerbs;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Closes months, and therefore has its database to itself.</summary>
public sealed class ReservationEndTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_is_left_at_its_end_is_earned_unused_and_later_usage_is_charged()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 1000);
        var bought = await BoughtAsync(house, terms, cardHours: 10);
        await house.RecordAsync(house.Reading(terms, 4, 4));
        house.Time.Advance(TimeSpan.FromDays(30));
        // A window that begins after the end draws nothing, though something is left until the grace is over.
        await house.RecordAsync(house.Reading(terms, 4, 30 * 24), house.Reading(terms, 5, (30 * 24) + 1));
        Assert.Equal(6, (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!.RemainingCardHours);
        await house.WorkAsync();
        Assert.Equal(6, (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!.RemainingCardHours);
        house.Time.Advance(TimeSpan.FromDays(2));
        await house.WorkAsync();
        await house.WorkAsync();
        var ended = (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!;
        Assert.Equal((ReservationState.Ended, 0m, 6m), (ended.State, ended.RemainingCardHours, ended.UnusedCardHours));
        Assert.Equal(0, await house.BalanceAsync($"deferred:{bought.Id}"));
        Assert.Equal(
            1L,
            await house.AsOwnerAsync($"select count(*) from billing.journal where kind = 'reservation-unused' and group_id = '{bought.Id}'")
        );
        Assert.Equal(60_000_000 + 8_500_000, await EarnedAsync(house, terms.CenterId));
        // Less was used than was told: what is charged goes back, what the closed reservation gave stays earned.
        await house.RecordAsync(house.Reading(terms, 3, (30 * 24) + 1) with { EventId = house.NewId("evt"), Revision = 1 });
        Assert.Equal(60_000_000, await EarnedAsync(house, terms.CenterId));
        Assert.Equal(0, await house.BalanceAsync($"deferred:{bought.Id}"));
        var billing = await ProvenAsync(house, terms);
        Assert.Equal((0m, 3 * 3600m), (billing.CardSeconds, billing.ReservedCardSeconds));
    }

    private static async Task<long> EarnedAsync(BillingHouse house, string party)
    {
        var wallet = await house.WalletAsync(party);
        return (wallet.Pending + wallet.Payable).Micros;
    }
}
