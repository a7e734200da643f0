using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Load;
using Marketplace.Faults.Tests.Support;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Faults.Tests;

/// <summary>kill -9 of the application: in the middle of its requests, and on both sides of a call to the payment provider.</summary>
public sealed class AppKillTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int WorkerCount = 4;

    /// <summary>Where the application dies.</summary>
    public enum Moment
    {
        /// <summary>Anywhere, after some requests.</summary>
        MidBatch,

        /// <summary>The intent is committed; the provider has not been called.</summary>
        BeforeTheCall,

        /// <summary>The provider has taken the money; its answer never arrives.</summary>
        BeforeTheAnswer,

        /// <summary>The answer is there; nothing of it is committed, or just so.</summary>
        AfterTheAnswer,
    }

    [Fact]
    public Task Killed_while_the_provider_answers_it_is_ended_by_the_worker() => KillAsync(Moment.BeforeTheAnswer);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(Moment.MidBatch)]
    [InlineData(Moment.BeforeTheCall)]
    [InlineData(Moment.AfterTheAnswer)]
    public Task Killed_at_any_other_moment_it_leaves_nothing_half_done(Moment moment) => KillAsync(moment);

    private Task KillAsync(Moment moment) => Rounds.RunAsync(brief: 1, extended: 12, seed => RoundAsync(seed, moment));

    private async Task RoundAsync(int seed, Moment moment)
    {
        int requests = Properties.Of(12, 30);
        // Rounds of one database must not meet each other's keys.
        seed = unchecked(seed * 4 + (int)moment) & int.MaxValue;
        var plan = MoneyPlan.Make(seed, WorkerCount, requests);
        MoneyOp[] all = [.. plan.All];
        var list = new Acknowledged(plan);
        var provider = new RemoteProvider();
        await using var house = BillingHouse.Over(db, s => s.AddSingleton<IPaymentProvider>(provider));
        var acts = new MoneyActs(house, plan);
        await acts.PrepareAsync();

        var random = new Random(seed);
        int payments = all.Count(o => o.Act == MoneyAct.TopUp);
        int after = moment == Moment.MidBatch ? random.Next(1, all.Length / 2) : random.Next(1, 1 + payments / 2);
        using (var child = ChildProcess.Start(db.ConnectionString, seed, WorkerCount, requests))
        {
            int calls = 0;
            var (exit, errors) = await child.ListenAsync(line =>
            {
                switch (line.Split(' '))
                {
                    case ["ack", var number]:
                        int told = list.Add(all[int.Parse(number, CultureInfo.InvariantCulture)]);
                        if (moment == Moment.MidBatch && told == after)
                            child.Kill();
                        break;
                    case ["pay", var key, var micros]:
                        bool dies = ++calls == after;
                        if (dies && moment == Moment.BeforeTheCall)
                        {
                            child.Kill();
                            break;
                        }
                        // A call that was under way when the process died may still arrive: so it does here.
                        provider.Take(key, long.Parse(micros, CultureInfo.InvariantCulture));
                        if (dies && moment == Moment.BeforeTheAnswer)
                            child.Kill();
                        else
                            child.Say($"paid {key}");
                        break;
                    case ["answered", _]:
                        if (moment == Moment.AfterTheAnswer && calls >= after)
                            child.Kill();
                        break;
                    default:
                        throw new InvalidOperationException($"The application said: {line}");
                }
            });
            Assert.True(exit != 0 && errors.Length == 0, $"It was to be killed and ended with {exit}: {errors}");
        }
        await GoneAsync();
        await list.CompareAsync(db.DataSource);
        await BooksRight.AssertAsync(house, db.DataSource);

        // What was begun with the provider is ended by the worker, without its customer.
        long open = await OpenAsync(plan);
        if (moment is Moment.BeforeTheCall or Moment.BeforeTheAnswer)
            Assert.InRange(open, 1, WorkerCount);
        house.Time.Advance(TimeSpan.FromMinutes(3));
        await house.WorkAsync();
        Assert.Equal(0, await OpenAsync(plan));

        // And the customers, who were not told, ask again.
        await Workers.RepeatAllAsync(plan, acts, list);
        await list.CompareAsync(db.DataSource);
        await list.AssertCompleteAsync(house);
        await BooksRight.AssertAsync(house, db.DataSource);
        // The provider took each payment's money once and nobody else's: the first of every customer, and the plan's.
        Assert.Equal(
            plan.Customers.Count * MoneyPlan.FirstTopUp * 10_000 + all.Where(o => o.Act == MoneyAct.TopUp).Sum(o => o.Micros),
            provider.Taken.Values.Sum()
        );
        Assert.Equal(plan.Customers.Count + payments, provider.Taken.Count);
    }

    /// <summary>Waits until the server has noticed that the process is gone: until then its transactions are neither made nor undone.</summary>
    private Task GoneAsync() =>
        Eventually.HoldsAsync(
            async () =>
            {
                await using var command = db.DataSource.CreateCommand(
                    "select count(*) from pg_stat_activity where datname = current_database() and usename = current_user and state <> 'idle' and pid <> pg_backend_pid()"
                );
                return (long)(await command.ExecuteScalarAsync())! == 0;
            },
            "the killed process's transactions to end"
        );

    private async Task<long> OpenAsync(MoneyPlan plan)
    {
        await using var command = db.DataSource.CreateCommand(
            "select count(*) from billing.payment where state = 'Created' and idempotency_key like $1 || '-%'"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = plan.Prefix });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
