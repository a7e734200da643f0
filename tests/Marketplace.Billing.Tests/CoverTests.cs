using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The end of a hold and of a contract: what is owed, what comes back, what becomes payable.</summary>
public sealed class CoverTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task When_the_hold_runs_out_the_rest_is_owed_and_announced_once()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 10);

        var result = Assert.Single(await house.RecordAsync(house.Reading(terms, 1, 1)));
        Assert.Equal((Money(11.9m), Money(0), true), (result.Charged, result.HoldRemaining, result.Exhausted));
        result = Assert.Single(await house.RecordAsync(house.Reading(terms, 1.5m, 2)));
        Assert.True(result.Exhausted);

        // The center and the operator are not the ones who wait.
        Assert.Equal(Money(12.75m), (await house.WalletAsync(terms.CenterId)).Pending);
        Assert.Equal(7_850_000L, await house.BalanceAsync($"unbilled:{terms.CustomerId}"));
        Assert.Equal(1L, await house.ExhaustedMessagesAsync(terms));

        // More money in the hold: charging goes on, and running out again is announced again.
        await house.TopUpAsync(terms.CustomerId, 1);
        Ok(await house.LedgerAsync(Customer(terms.CustomerId), l => l.GrowHoldAsync(terms.HoldReference, Money(1), "k", default)));
        result = Assert.Single(await house.RecordAsync(house.Reading(terms, 1.5m, 3)));
        Assert.False(result.Exhausted);
        await house.RecordAsync(house.Reading(terms, 2, 4));
        Assert.Equal(2L, await house.ExhaustedMessagesAsync(terms));
    }

    [Fact]
    public async Task A_hold_used_up_exactly_by_the_last_reading_is_not_exhausted()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 11.9m);
        Assert.False(Assert.Single(await house.RecordAsync(house.Reading(terms, 1, 1, final: true))).Exhausted);
        Assert.Equal(0L, await house.ExhaustedMessagesAsync(terms));
    }

    [Fact]
    public async Task Settling_returns_the_rest_and_late_usage_is_owed()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));

        var cost = await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        Assert.Equal(Money(11.9m), cost.Total);
        Assert.Equal(cost, await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default)));
        var wallet = await house.WalletAsync(terms.CustomerId);
        Assert.Equal((Money(88.1m), Money(0)), (wallet.Available, wallet.Held));

        var late = Assert.Single(await house.RecordAsync(house.Reading(terms, 1.1m, 2, final: true)));
        Assert.Equal((Money(1.19m), false), (late.Charged, late.Exhausted));
        Assert.Equal(1_190_000L, await house.BalanceAsync($"unbilled:{terms.CustomerId}"));
    }

    [Fact]
    public async Task Contracts_that_share_a_hold_return_its_rest_with_the_last_one()
    {
        await using var house = Over(db);
        var one = await house.ContractAsync(hold: 100);
        var two = await house.ContractAsync(hold: 0, with: t => t with { CustomerId = one.CustomerId, HoldReference = one.HoldReference });
        await house.RecordAsync(house.Reading(one, 1, 1), house.Reading(two, 1, 1));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(one.ContractId, default));
        Assert.Equal(Money(76.2m), (await house.WalletAsync(one.CustomerId)).Held);
        await house.RatingAsync(Actor.System, r => r.SettleAsync(two.ContractId, default));
        Assert.Equal(Money(76.2m), (await house.WalletAsync(one.CustomerId)).Available);
    }

    [Fact]
    public async Task A_contract_without_a_hold_is_postpaid()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0, with: t => t with { HoldReference = "" });
        Assert.False(Assert.Single(await house.RecordAsync(house.Reading(terms, 1, 1))).Exhausted);
        Assert.Equal(11_900_000L, await house.BalanceAsync($"unbilled:{terms.CustomerId}"));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
    }

    [Fact]
    public async Task Promotional_credit_is_spent_first_and_the_release_knows()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        await house.TopUpAsync(terms.CustomerId, 20);
        await house.GrantAsync(terms.CustomerId, 15);
        Ok(await house.HoldAsync(terms.CustomerId, 30, terms.HoldReference));
        await house.RecordAsync(house.Reading(terms, 1, 1)); // 11.90 of the 15 promotional
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var wallet = await house.WalletAsync(terms.CustomerId);
        Assert.Equal((Money(20), Money(3.1m)), (wallet.Available, wallet.Promo));
    }

    [Fact]
    public async Task A_storm_of_everything_at_once_over_few_customers_leaves_the_books_right()
    {
        await using var house = Over(db);
        var random = new Random(Properties.SeedFor());
        var contracts = new List<ContractTerms>();
        for (int i = 0; i < 6; i++)
            contracts.Add(await house.ContractAsync(hold: 50));
        string[] customers = [.. contracts.Select(c => c.CustomerId)];
        var work = new List<Func<Task>>();
        for (int round = 1; round <= 15; round++)
        {
            int at = round;
            ContractTerms[] shuffled = [.. contracts];
            random.Shuffle(shuffled);
            string customer = customers[random.Next(customers.Length)];
            work.Add(() => house.RecordAsync([.. shuffled.Select(c => house.Reading(c, at / 10m, at))]));
            work.Add(() => house.TopUpAsync(customer, 5));
            work.Add(async () =>
            {
                await house.HoldAsync(customer, 2, $"storm:{customer}/{at}");
                if (await house.LedgerAsync(Actor.System, l => l.FindHoldAsync($"storm:{customer}/{at}", default)) is not null)
                    await house.LedgerAsync(Actor.System, l => l.ReleaseAsync($"storm:{customer}/{at}", default));
            });
            if (round % 5 == 0)
                work.Add(() => house.RatingAsync(Actor.System, r => r.SettleAsync(shuffled[0].ContractId, default)));
        }
        Func<Task>[] order = [.. work];
        random.Shuffle(order);
        await Task.WhenAll(order.Select(w => Task.Run(w)));

        // Whatever order won: each contract was charged for its last reading, to the micro-unit.
        foreach (var terms in contracts)
            Assert.Equal(Money(1.5m * 11.9m), (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Total);
    }

    [Fact]
    public async Task Earnings_become_payable_after_the_dispute_window_once()
    {
        await using var house = Over(db, settings: ("DisputeWindow", "7.00:00:00"));
        var terms = await house.ContractAsync();
        await house.RecordAsync(house.Reading(terms, 1, 1));
        house.Time.Advance(TimeSpan.FromDays(6));
        await house.RecordAsync(house.Reading(terms, 2, 2));
        await house.WorkAsync();
        Assert.Equal((Money(17), Money(0)), await EarnedAsync(house, terms.CenterId));

        house.Time.Advance(TimeSpan.FromDays(1));
        await house.WorkAsync();
        await house.WorkAsync();
        Assert.Equal((Money(8.5m), Money(8.5m)), await EarnedAsync(house, terms.CenterId));
        Assert.Equal((Money(1), Money(1)), await EarnedAsync(house, terms.OperatorId));

        house.Time.Advance(TimeSpan.FromDays(6));
        await Task.WhenAll(house.WorkAsync(), house.WorkAsync(), house.WorkAsync());
        Assert.Equal((Money(0), Money(17)), await EarnedAsync(house, terms.CenterId));
    }

    private static async Task<(Platform.Monetary.Money Pending, Platform.Monetary.Money Payable)> EarnedAsync(
        BillingHouse house,
        string party
    )
    {
        var wallet = await house.WalletAsync(party);
        return (wallet.Pending, wallet.Payable);
    }
}
