using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Load;
using Marketplace.Faults.Tests.Support;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Faults.Tests;

/// <summary>kill -9 of PostgreSQL while several workers move money: what was acknowledged is there, nothing is half there, the rest ends once.</summary>
public sealed class ServerKillTests(PrivateServer server) : IClassFixture<PrivateServer>
{
    [Fact]
    public Task Killing_the_server_in_the_middle_of_batches_loses_nothing_that_was_acknowledged() =>
        Rounds.RunAsync(brief: 1, extended: 25, seed => RoundAsync(seed, all: true));

    [Fact]
    [Trait("Category", "Long")]
    public Task Killing_one_backend_makes_the_server_recover_and_loses_nothing() =>
        Rounds.RunAsync(brief: 1, extended: 10, seed => RoundAsync(seed, all: false));

    private async Task RoundAsync(int seed, bool all)
    {
        var plan = MoneyPlan.Make(seed, workers: 6, opsPerWorker: Properties.Of(15, 40));
        var list = new Acknowledged(plan);
        var random = new Random(seed);
        await using var house = BillingHouse.Over(server.Fixture);
        var acts = new MoneyActs(house, plan);
        await acts.PrepareAsync();

        int after = random.Next(10, plan.All.Count() / 2);
        await Workers.UntilLostAsync(
            plan,
            acts,
            list,
            told =>
            {
                // The others are in the middle of theirs.
                if (told == after)
                    Assert.True(all ? server.Kill() > 5 : KillOne(random));
            }
        );
        Assert.InRange(list.Count, after, plan.All.Count() - 1);
        if (all)
            await server.RestartAsync();
        else
            await Eventually.HoldsAsync(() => AnswersAsync(server.Source), "the server to have recovered");

        await list.CompareAsync(server.Source);
        await BooksRight.AssertAsync(house, server.Source);
        await Workers.RepeatAllAsync(plan, acts, list);
        await list.CompareAsync(server.Source);
        await list.AssertCompleteAsync(house);
        await BooksRight.AssertAsync(house, server.Source);
    }

    private bool KillOne(Random random)
    {
        using var admin = new NpgsqlConnection(server.Database.AdminConnectionString + ";Pooling=false");
        admin.Open();
        using var busy = new NpgsqlCommand(
            "select array_agg(pid order by pid) from pg_stat_activity where usename = 'marketplace_app' and state <> 'idle'",
            admin
        );
        if (busy.ExecuteScalar() is not int[] { Length: > 0 } pids)
            return false;
        server.KillOneBackend(pids[random.Next(pids.Length)]);
        return true;
    }

    private static async Task<bool> AnswersAsync(NpgsqlDataSource source)
    {
        try
        {
            await using var command = source.CreateCommand("select 1");
            return await command.ExecuteScalarAsync() is 1;
        }
        catch (NpgsqlException)
        {
            source.Clear();
            return false;
        }
    }
}
