using Marketplace.Billing.Contracts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

public sealed class UsageTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_hour_is_charged_three_ways_with_tax()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);

        var result = Assert.Single(await house.RecordAsync(house.Reading(terms, 1, 1)));

        Assert.Equal(new ChargeResult(terms.ContractId, Money(11.9m), Money(11.9m), Money(88.1m), false), result);
        Assert.Equal(Money(88.1m), (await house.WalletAsync(terms.CustomerId)).Held);
        Assert.Equal(Money(8.5m), (await house.WalletAsync(terms.CenterId)).Pending);
        Assert.Equal(Money(1m), (await house.WalletAsync(terms.OperatorId)).Pending);
        Assert.True(await house.BalanceAsync("commission") >= 500_000);
        Assert.True(await house.BalanceAsync("tax:CN") >= 1_900_000);
    }

    [Fact]
    public async Task Lost_repeated_late_and_reordered_readings_cost_what_the_last_one_says()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        UsageReading[] readings = [.. Enumerable.Range(1, 8).Select(i => house.Reading(terms, i / 4m, i))];
        // The third and sixth are lost, the fifth overtakes the fourth, the second comes last, the eighth twice.
        foreach (int i in new[] { 1, 5, 4, 7, 8, 8, 2 })
            await house.RecordAsync(readings[i - 1]);

        var cost = (await house.RatingAsync(Customer(terms.CustomerId), r => r.CostAsync(terms.ContractId, default)))!;
        Assert.Equal((Money(20), Money(3.8m), 7200m), (cost.Net, cost.Tax, cost.CardSeconds));
        Assert.Equal(readings[7].To, cost.Through);
        Assert.Equal(
            0L,
            await house.AsOwnerAsync($"select count(*) from billing.usage_quarantine where contract_id = '{terms.ContractId}'")
        );
        // The first pays for its own window, the fifth for what was lost before it, and so on: no gaps, no overlaps.
        var charges = (await house.RatingAsync(Actor.System, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items;
        Assert.Equal([900m, 3600m, 1800m, 900m], charges.OrderBy(c => c.From).Select(c => c.Quantity));
        Assert.Equal(charges.OrderBy(c => c.From).Skip(1).Select(c => c.From), charges.OrderBy(c => c.From).SkipLast(1).Select(c => c.To));
    }

    [Fact]
    public async Task A_whole_history_in_one_call_in_any_order_costs_the_same()
    {
        await using var house = Over(db);
        var random = new Random(Properties.SeedFor());
        var terms = await house.ContractAsync(hold: 500, retail: 7.123456789m, wholesale: 5.987654321m);
        UsageReading[] readings =
        [
            .. from allocation in Enumerable.Range(1, 5)
            from minute in Enumerable.Range(1, 40)
            select house.Reading(terms, minute / 60m * 0.37m, minute / 60.0, "alc_" + allocation, final: minute == 40),
        ];
        random.Shuffle(readings);
        var result = Assert.Single(await house.RecordAsync(readings));
        Assert.Empty(await house.RecordAsync());
        Assert.Equal(Money(0), Assert.Single(await house.RecordAsync(readings)).Charged);

        var expected = Rating
            .RatingRule.Rate(5 * 40 / 60m * 0.37m * 3600, new(1, "card-hour", 3600, 7.123456789m, 5.987654321m, 0.05m, 0.19m))
            .Share;
        Assert.Equal(expected.Net + expected.Tax, result.Charged.Micros);
        Assert.Equal(
            1L,
            await house.AsOwnerAsync($"select count(*) from billing.journal where kind = 'charge' and group_id = '{terms.ContractId}'")
        );
    }

    [Fact]
    public async Task Bad_readings_go_to_quarantine_and_the_others_of_the_call_are_charged()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        var first = house.Reading(terms, 1, 1);
        await house.RecordAsync(first);
        UsageReading[] bad =
        [
            first with
            {
                Quantity = 7200,
            },
            house.Reading(terms, 0.5m, 2),
            house.Reading(terms, 2, 0.5),
            house.Reading(terms, 2, 2) with
            {
                ContractId = "ctr_unknown" + terms.ContractId,
            },
            house.Reading(terms, 2, 2) with
            {
                Meter = "wishes",
            },
            house.Reading(terms, -1, 2),
            house.Reading(terms, 2, 2) with
            {
                To = first.From.AddHours(-1),
            },
            house.Reading(terms, 2, 2) with
            {
                EventId = "",
            },
            house.Reading(terms, 2, 2, allocation: "nul\0") with
            {
                Quantity = -1,
            },
        ];
        var result = (await house.RecordAsync([.. bad, house.Reading(terms, 3, 3)])).Single(r => r.ContractId == terms.ContractId);

        Assert.Equal(Money(23.8m), result.Charged);
        var reasons = (string?)
            await house.AsOwnerAsync(
                $"select string_agg(reason, ',' order by reason) from billing.usage_quarantine where contract_id like '%{terms.ContractId}'"
            );
        Assert.Equal(
            "counter-fell,earlier-and-larger,malformed,malformed,malformed,malformed,other-payload,unknown-contract,unknown-meter",
            reasons
        );
        // The same again adds no rows.
        await house.RecordAsync(bad);
        Assert.Equal(
            9L,
            await house.AsOwnerAsync($"select count(*) from billing.usage_quarantine where contract_id like '%{terms.ContractId}'")
        );
    }

    [Fact]
    public async Task A_reading_that_came_before_its_contract_is_taken_when_it_comes_again()
    {
        await using var house = Over(db);
        var early = house.Reading(new ContractTerms("ctr_later", "", "", "", "", "", null, "", 0, 0, 0, 0, "", ""), 1, 1);
        Assert.Empty(await house.RecordAsync(early));
        await house.ContractAsync(with: t => t with { ContractId = "ctr_later" });
        Assert.Equal(Money(11.9m), Assert.Single(await house.RecordAsync(early)).Charged);
    }

    [Fact]
    public async Task A_thousand_contracts_are_charged_in_one_call()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        string center = house.NewParty();
        await house.TopUpAsync(customer, 5_000);
        Ok(await house.HoldAsync(customer, 5_000, "order:" + customer));
        var contracts = new List<ContractTerms>();
        for (int i = 0; i < 1_000; i++)
            contracts.Add(
                await house.ContractAsync(
                    hold: 0,
                    retail: 2,
                    wholesale: 1,
                    with: t => t with { CustomerId = customer, CenterId = center, HoldReference = "order:" + customer }
                )
            );

        var results = await house.RecordAsync([.. contracts.Select(c => house.Reading(c, 1, 1))]);

        Assert.Equal(1_000, results.Count);
        Assert.All(results, r => Assert.Equal(Money(2.38m), r.Charged));
        Assert.Equal(Money(5_000 - 2_380), (await house.WalletAsync(customer)).Held);
        Assert.Equal(Money(1_000), (await house.WalletAsync(center)).Pending);
    }

    [Fact]
    public async Task A_free_contract_counts_hours_and_posts_nothing()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0, retail: 0, wholesale: 0);
        Assert.Equal(Money(0), Assert.Single(await house.RecordAsync(house.Reading(terms, 3, 3))).Charged);
        Assert.Equal(10_800m, (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.CardSeconds);
        Assert.Equal(
            "",
            Assert
                .Single(
                    (await house.RatingAsync(Actor.System, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items
                )
                .JournalId
        );
    }

    [Fact]
    public async Task The_same_readings_from_many_agents_at_once_are_charged_once()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        UsageReading[] readings = [.. Enumerable.Range(1, 20).Select(i => house.Reading(terms, i / 20m, i / 20.0, final: i == 20))];
        var random = new Random(Properties.SeedFor());
        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ =>
                {
                    UsageReading[] mine = [.. readings];
                    random.Shuffle(mine);
                    return house.RecordAsync(mine);
                })
        );
        Assert.Equal(Money(11.9m), (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Total);
    }

    [Fact]
    public async Task A_stop_before_the_commit_leaves_nothing_and_the_repetition_charges_once()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 10);
        var reading = house.Reading(terms, 1, 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.InTransactionAsync<int>(async s =>
            {
                await s.Rating.RecordAsync([reading], default);
                throw new InvalidOperationException("stopped");
            })
        );
        Assert.Equal(Money(10), (await house.WalletAsync(terms.CustomerId)).Held);
        Assert.Equal(0L, await house.ExhaustedMessagesAsync(terms));
        Assert.Equal(Money(11.9m), Assert.Single(await house.RecordAsync(reading)).Charged);
        Assert.Equal(1L, await house.ExhaustedMessagesAsync(terms));
    }

    [Fact]
    public async Task Terms_never_change()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync();
        async Task RegisterAsync(ContractTerms t) =>
            await house.RatingAsync(
                Actor.System,
                async r =>
                {
                    await r.RegisterAsync(t, default);
                    return 0;
                }
            );
        await RegisterAsync(terms);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RegisterAsync(terms with { RetailPerCardHour = 1 }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RegisterAsync(terms with { HoldReference = "other" }));
        await Assert.ThrowsAsync<ArgumentException>(() => RegisterAsync(terms with { ContractId = "x", RetailPerCardHour = -1 }));
        await Assert.ThrowsAsync<ArgumentException>(() => RegisterAsync(terms with { ContractId = "x", TaxRate = 1.1m }));
        await Assert.ThrowsAsync<ArgumentException>(() => RegisterAsync(terms with { ContractId = "x", Currency = "XXX" }));
    }

    [Fact]
    public async Task A_call_has_a_limit()
    {
        await using var house = Over(db, settings: ("MaxReadingsPerCall", "2"));
        var terms = await house.ContractAsync();
        await Assert.ThrowsAsync<ArgumentException>(() =>
            house.RecordAsync(house.Reading(terms, 1, 1), house.Reading(terms, 2, 2), house.Reading(terms, 3, 3))
        );
    }

    [Fact]
    public async Task A_change_is_announced_to_those_it_concerns()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync();
        string[] topics =
        [
            "ledger",
            "contract:" + terms.ContractId,
            .. new[] { terms.CustomerId, terms.OperatorId, terms.CenterId }.Select(p => "party:" + p),
        ];
        await using var scope = house.Services.CreateAsyncScope();
        var feed = scope.ServiceProvider.GetRequiredService<IChangeFeed>();
        IChangeSubscription[] heard = [.. topics.Select(topic => feed.Subscribe(topic))];
        await house.RecordAsync(house.Reading(terms, 1, 1));
        using var deadline = new CancellationTokenSource(Eventually.DefaultDeadline);
        foreach (IChangeSubscription subscription in heard)
        {
            Assert.True(await subscription.WaitAsync(Eventually.DefaultDeadline, deadline.Token));
            subscription.Dispose();
        }
    }
}
