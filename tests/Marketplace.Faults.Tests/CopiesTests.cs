using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Fifty copies of one request, at once and in any order, are one request.</summary>
public sealed class CopiesTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Copies = 50;

    [Fact]
    public Task Of_one_usage_report() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 20,
            async seed =>
            {
                await using BillingHouse house = Over(db);
                var random = new Random(seed);
                var terms = await house.ContractAsync(hold: 1_000);
                UsageReading[] report =
                [
                    .. from allocation in Enumerable.Range(0, 4)
                    from minute in Enumerable.Range(1, 15)
                    select house.Reading(terms, minute / 60m, minute / 60.0, $"alc_{allocation}", final: minute == 15),
                ];
                await Task.WhenAll(Shuffled(random, report).Select(copy => Task.Run(() => house.RecordAsync(copy))));
                // Four cards for a quarter of an hour at 10 an hour and 19 % tax.
                Assert.Equal(Money(11.9m), (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Total);
                Assert.Equal(Money(988.1m), (await house.WalletAsync(terms.CustomerId)).Held);
                Assert.Equal(
                    60L,
                    await house.AsApplicationAsync($"select count(*) from billing.usage_event where contract_id = '{terms.ContractId}'")
                );
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    [Fact]
    public Task Of_one_top_up_grant_hold_growth_and_release() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 20,
            async seed =>
            {
                await using BillingHouse house = Over(db);
                var random = new Random(seed);
                string customer = house.NewParty();
                string reference = "order:" + customer;
                await house.TopUpAsync(customer, 100);
                Ok(await house.HoldAsync(customer, 10, reference + "/first"));
                Func<Task>[] requests =
                [
                    async () => Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(7), "one", default))),
                    async () => Ok(await house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Money(5), "spring", "one", default))),
                    async () => Ok(await house.HoldAsync(customer, 20, reference)),
                    async () =>
                        Ok(
                            await house.LedgerAsync(
                                Customer(customer),
                                l => l.GrowHoldAsync(reference + "/first", Money(3), "one", default)
                            )
                        ),
                ];
                Func<Task>[] copies = [.. Enumerable.Repeat(requests, Copies).SelectMany(r => r)];
                random.Shuffle(copies);
                await Task.WhenAll(copies.Select(Task.Run));
                Assert.Equal(Money(79 + 33), await HasAsync(house, customer));
                Assert.Equal(Money(33), (await house.WalletAsync(customer)).Held);
                await Task.WhenAll(
                    Enumerable
                        .Range(0, Copies)
                        .Select(_ => Task.Run(() => house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(reference, default))))
                );
                Assert.Equal(Money(13), (await house.WalletAsync(customer)).Held);
                Assert.Equal(Money(79 + 33), await HasAsync(house, customer));
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    private static List<UsageReading[]> Shuffled(Random random, UsageReading[] report)
    {
        List<UsageReading[]> copies = [];
        for (int i = 0; i < Copies; i++)
        {
            UsageReading[] copy = [.. report];
            random.Shuffle(copy);
            copies.Add(copy);
        }
        return copies;
    }

    private static async Task<Money> HasAsync(BillingHouse house, string customer)
    {
        WalletView wallet = await house.WalletAsync(customer);
        return wallet.Available + wallet.Promo + wallet.Held;
    }
}
