using System.Collections.Concurrent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Many workers over the same accounts in every order: all end, the sums are right, and the order of locks leaves no deadlock to resolve.</summary>
public sealed class DeadlockTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int WorkerCount = 10;

    [Fact]
    public Task Journals_over_overlapping_accounts_in_random_order() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 8,
            async seed =>
            {
                await using BillingHouse house = Over(db);
                long before = await DeadlocksAsync(db);
                AccountRef[] accounts = await AccountsAsync(house);
                var sums = new ConcurrentDictionary<AccountRef, long>();
                int refused = 0;
                await EachWorkerAsync(
                    seed,
                    async (random, worker) =>
                    {
                        for (int call = 0; call < Properties.Of(6, 20); call++)
                        {
                            JournalDraft[] drafts =
                            [
                                .. Enumerable
                                    .Range(0, random.Next(1, 7))
                                    .Select(n => Draft(house, random, accounts, $"{seed}/{worker}/{call}/{n}")),
                            ];
                            try
                            {
                                Assert.All(await house.PostAsync(drafts), p => Assert.Equal(PostedStatus.Posted, p.Status));
                            }
                            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CheckViolation)
                            {
                                // An account does not have that much: the whole call is refused.
                                Interlocked.Increment(ref refused);
                                continue;
                            }
                            foreach (LegDraft leg in drafts.SelectMany(d => d.Legs))
                            {
                                sums.AddOrUpdate(leg.Debit, -leg.Micros, (_, sum) => sum - leg.Micros);
                                sums.AddOrUpdate(leg.Credit, leg.Micros, (_, sum) => sum + leg.Micros);
                            }
                        }
                    }
                );
                foreach (AccountRef account in accounts)
                    Assert.Equal(
                        sums.GetValueOrDefault(account) + (account.Kind == Chart.AvailableKind ? 50_000_000 : 0),
                        await CreditAsync(house, account)
                    );
                Assert.Equal(0, await DeadlocksAsync(db) - before);
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    [Fact]
    public Task The_same_journals_from_every_worker_in_another_order() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 8,
            async seed =>
            {
                await using BillingHouse house = Over(db);
                long before = await DeadlocksAsync(db);
                // Accounts that are never locked, so that nothing but the keys makes the workers meet.
                JournalDraft[] drafts =
                [
                    .. Enumerable
                        .Range(0, 60)
                        .Select(i => new JournalDraft(
                            "test",
                            "storm",
                            $"{seed}/{i}",
                            house.Now,
                            null,
                            "",
                            [new LegDraft(Chart.PspFee(Cny), Chart.Psp(Cny), i + 1)]
                        )),
                ];
                var posted = new ConcurrentBag<PostedStatus>();
                await EachWorkerAsync(
                    seed,
                    async (random, _) =>
                    {
                        JournalDraft[] mine = [.. drafts];
                        random.Shuffle(mine);
                        foreach (JournalDraft[] call in mine.Chunk(20))
                        {
                            foreach (Posted one in await house.PostAsync(call))
                                posted.Add(one.Status);
                        }
                    }
                );
                Assert.Equal(drafts.Length, posted.Count(s => s == PostedStatus.Posted));
                Assert.Equal(drafts.Length * (WorkerCount - 1), posted.Count(s => s == PostedStatus.Duplicate));
                Assert.Equal(0, await DeadlocksAsync(db) - before);
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    [Fact]
    public Task Everything_the_module_does_at_once() => Rounds.RunAsync(brief: 1, extended: 8, EverythingAsync);

    private async Task EverythingAsync(int seed)
    {
        // It closes the books, and the next round's clock starts where this one's did.
        var own = new PostgresFixture();
        await own.InitializeAsync();
        try
        {
            await EverythingAsync(seed, own);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    private static async Task EverythingAsync(int seed, PostgresFixture own)
    {
        await using BillingHouse house = Over(own, settings: ("DisputeWindow", "00:00:00"));
        long before = await DeadlocksAsync(own);
        var contracts = new List<ContractTerms>();
        string center = house.NewParty();
        for (int customer = 0; customer < 4; customer++)
        {
            string party = house.NewParty();
            for (int i = 0; i < 3; i++)
                contracts.Add(await house.ContractAsync(hold: 30, with: t => t with { CustomerId = party, CenterId = center }));
        }
        house.Time.Advance(TimeSpan.FromDays(40));
        await EachWorkerAsync(
            seed,
            async (random, worker) =>
            {
                for (int step = 1; step <= Properties.Of(6, 20); step++)
                {
                    ContractTerms terms = contracts[random.Next(contracts.Count)];
                    switch (random.Next(8))
                    {
                        case 0:
                            await house.TopUpAsync(terms.CustomerId, random.Next(1, 20));
                            break;
                        case 1:
                            // Released by whoever settles it in the meantime.
                            _ = await house.LedgerAsync(
                                Customer(terms.CustomerId),
                                l => l.GrowHoldAsync(terms.HoldReference, Money(1), $"{worker}/{step}", default)
                            );
                            break;
                        case 2:
                            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
                            break;
                        case 3:
                            await house.InvoicesAsync(Actor.System, i => i.CloseAsync(ManualTimeProvider.DefaultStart.AddDays(2), default));
                            break;
                        case 4:
                            await house.WorkAsync();
                            break;
                        default:
                            ContractTerms[] some = [.. contracts];
                            random.Shuffle(some);
                            await house.RecordAsync([
                                .. some.Take(6).Select(t => house.Reading(t, step / 10m, step / 10.0, $"alc_{worker}")),
                            ]);
                            break;
                    }
                }
            }
        );
        Assert.Equal(0, await DeadlocksAsync(own) - before);
        await BooksRight.AssertAsync(house, own.DataSource);
    }

    private static Task EachWorkerAsync(int seed, Func<Random, int, Task> work) =>
        Task.WhenAll(Enumerable.Range(0, WorkerCount).Select(w => Task.Run(() => work(new Random(unchecked(seed * 31 + w)), w))));

    /// <summary>Customers' accounts, which are locked, with 50 each, and others', which are not.</summary>
    private static async Task<AccountRef[]> AccountsAsync(BillingHouse house)
    {
        AccountRef[] customers = [.. Enumerable.Range(0, 8).Select(_ => Chart.Available(house.NewParty(), Cny))];
        foreach (AccountRef account in customers)
            await house.TopUpAsync(account.Qualifier, 50);
        // These are made by the storm itself, by several workers at once.
        return
        [
            .. customers,
            .. Enumerable.Range(0, 4).Select(_ => Chart.CenterPending(house.NewParty(), Cny)),
            .. Enumerable.Range(0, 4).Select(_ => Chart.Frozen(house.NewParty(), Cny)),
        ];
    }

    private static JournalDraft Draft(BillingHouse house, Random random, AccountRef[] accounts, string key)
    {
        List<LegDraft> legs = [];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            AccountRef[] pair = random.GetItems(accounts, 2);
            if (pair[0] != pair[1])
                legs.Add(new LegDraft(pair[0], pair[1], random.Next(1, 3_000_000)));
        }
        if (legs.Count == 0)
            legs.Add(new LegDraft(accounts[0], accounts[1], 1));
        return new JournalDraft("test", "storm", key, house.Now, null, "", legs);
    }

    private static async Task<long> CreditAsync(BillingHouse house, AccountRef account) =>
        (await house.LedgerAsync(Actor.System, l => l.FindAccountAsync($"{account.Code}~{account.Currency}", default)))?.Balance.Micros
        ?? 0;

    /// <summary>A backend counts its deadlocks for all to see when it ends, at the latest.</summary>
    private static async Task<long> DeadlocksAsync(PostgresFixture db)
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                // Each time: an announcement that was still on its way comes back to the pool later than the work it follows.
                db.DataSource.Clear();
                await using var command = db.DataSource.CreateCommand(
                    """
                    select count(*) from pg_stat_activity
                    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
                    """
                );
                return (long)(await command.ExecuteScalarAsync())! == 0;
            },
            "the backends to end"
        );
        return await db.DeadlocksAsync();
    }
}
