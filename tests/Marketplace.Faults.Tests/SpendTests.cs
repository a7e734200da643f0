using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>A hundred spends of one balance at once, each on a connection of its own: what fits is admitted, and never more than there is.</summary>
public sealed class SpendTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Spenders = 100;

    [Fact]
    public Task Of_equal_holds_exactly_as_many_are_admitted_as_fit() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 30,
            async seed =>
            {
                await using NpgsqlDataSource source = await OpenAsync();
                await using BillingHouse house = Over(PostgresFixture.Over(source, db.Database));
                var random = new Random(seed);
                decimal price = random.Next(100, 3_000) / 100m;
                int affordable = random.Next(1, Spenders);
                string customer = house.NewParty();
                // Two purses, one of them promotional, and a rest that is too small for one more.
                await house.TopUpAsync(customer, price * affordable);
                await house.GrantAsync(customer, price - 0.01m);
                var outcomes = await AtOnceAsync(i => house.HoldAsync(customer, price, $"order:{customer}/{i}"));
                Assert.Equal(affordable, outcomes.Count(o => o.IsOk));
                Assert.All(outcomes.Where(o => !o.IsOk), o => Assert.Equal("insufficient-funds", o.Problem!.Code));
                WalletView wallet = await house.WalletAsync(customer);
                Assert.Equal((Money(price * affordable), Money(price - 0.01m)), (wallet.Held, wallet.Available + wallet.Promo));
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    [Fact]
    public Task Holds_growth_releases_and_charges_together_never_spend_more_than_there_is() =>
        Rounds.RunAsync(brief: 1, extended: 30, MixedAsync);

    private async Task MixedAsync(int seed)
    {
        await using NpgsqlDataSource source = await OpenAsync();
        await using BillingHouse house = Over(PostgresFixture.Over(source, db.Database));
        var random = new Random(seed);
        var terms = await house.ContractAsync(hold: 100);
        string customer = terms.CustomerId;
        await house.TopUpAsync(customer, 200);
        await house.GrantAsync(customer, 50);
        for (int i = 0; i < 10; i++)
            Ok(await house.HoldAsync(customer, 5, $"early:{customer}/{i}"));
        // Free are 200 of 350; wanted are far more.
        decimal[] wishes = [.. Enumerable.Range(0, Spenders).Select(_ => random.Next(100, 2_000) / 100m)];
        int[] order = [.. Enumerable.Range(0, Spenders)];
        random.Shuffle(order);
        var outcomes = await AtOnceAsync(n =>
        {
            int i = order[n];
            return (i % 5) switch
            {
                0 or 1 => AnsweredAsync(house.HoldAsync(customer, wishes[i], $"order:{customer}/{i}")),
                2 => AnsweredAsync(
                    house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(terms.HoldReference, Money(wishes[i]), $"grow-{i}", default))
                ),
                3 => ReleasedAsync(house, customer, i),
                // An hour of a card of its own: 11.90, of which the hold covers what it has.
                _ => ChargedAsync(house, house.Reading(terms, 1, 1, $"alc_{i}")),
            };
        });
        Assert.All(outcomes.Where(o => o.Refused is not null), o => Assert.Equal("insufficient-funds", o.Refused));
        Assert.Contains(outcomes, o => o.Refused is not null);

        WalletView wallet = await house.WalletAsync(customer);
        ContractCost cost = (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!;
        Assert.Equal(Money(11.9m * Spenders / 5), cost.Total);
        long owed = (long)
            (await house.AsApplicationAsync($"select sum(uncovered)::bigint from billing.rated_line where customer_id = '{customer}'"))!;
        // What was there is free, held or spent; what was spent beyond the hold is owed, and not taken from anything else.
        Assert.Equal(350_000_000, wallet.Available.Micros + wallet.Promo.Micros + wallet.Held.Micros + cost.Total.Micros - owed);
        Assert.True(wallet.Available.Micros >= 0 && wallet.Promo.Micros >= 0 && wallet.Held.Micros >= 0);
        // Every hold that was admitted is there whole, and the refused ones are not there at all.
        long admitted = (long)
            (
                await house.AsApplicationAsync(
                    $"select coalesce(sum(amount), 0)::bigint from billing.hold where party_id = '{customer}' and reference like 'order:%'"
                )
            )!;
        Assert.Equal(Money(order.Select((i, n) => i % 5 < 2 && outcomes[n].Refused is null ? wishes[i] : 0).Sum()).Micros, admitted);
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    private static async Task<(string? Refused, bool Done)> AnsweredAsync(Task<Outcome<HoldView>> asked)
    {
        Outcome<HoldView> outcome = await asked;
        return (outcome.Problem?.Code, outcome.IsOk);
    }

    private static async Task<(string? Refused, bool Done)> ReleasedAsync(BillingHouse house, string customer, int i)
    {
        await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync($"early:{customer}/{i % 10}", default));
        return (null, true);
    }

    private static async Task<(string? Refused, bool Done)> ChargedAsync(BillingHouse house, UsageReading reading)
    {
        Assert.Equal(Money(11.9m), Assert.Single(await house.RecordAsync(reading)).Charged);
        return (null, true);
    }

    /// <summary>A hundred tasks that begin together.</summary>
    private static async Task<T[]> AtOnceAsync<T>(Func<int, Task<T>> spend)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<T>[] tasks =
        [
            .. Enumerable
                .Range(0, Spenders)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        await start.Task;
                        return await spend(i);
                    })
                ),
        ];
        start.SetResult();
        return await Task.WhenAll(tasks);
    }

    /// <summary>A pool with a hundred open connections.</summary>
    private async Task<NpgsqlDataSource> OpenAsync()
    {
        var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(db.ConnectionString) { MaxPoolSize = Spenders }.ConnectionString
        );
        var open = await Task.WhenAll(Enumerable.Range(0, Spenders).Select(async _ => await source.OpenConnectionAsync()));
        foreach (NpgsqlConnection connection in open)
            await connection.DisposeAsync();
        return source;
    }
}
