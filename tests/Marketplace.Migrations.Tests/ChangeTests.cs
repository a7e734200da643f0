using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Migrations.Tests;

/// <summary>A change wakes those who wait for it, here and in other processes, once it is committed and not before.</summary>
public sealed class ChangeTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_committed_change_wakes_this_process_and_the_others()
    {
        await using var here = TestServices.Over(db, _ => { });
        await using var there = TestServices.Over(db, _ => { });
        await using var listening = await RunningHub.StartAsync(here);
        await using var elsewhere = await RunningHub.StartAsync(there);
        using var near = Hub(here).Subscribe("order:1");
        using var far = Hub(there).Subscribe("order:1");
        using var other = Hub(there).Subscribe("order:2");
        using var deadline = new CancellationTokenSource(Eventually.DefaultDeadline);
        await elsewhere.ListensAsync(far, other, deadline.Token);

        await InTransactionAsync(here, "order:1", commit: true);

        Assert.True(await near.WaitAsync(Eventually.DefaultDeadline, deadline.Token));
        Assert.True(await far.WaitAsync(Eventually.DefaultDeadline, deadline.Token));
        Assert.False(await other.WaitAsync(TimeSpan.Zero, deadline.Token));
    }

    [Fact]
    public async Task A_change_is_not_announced_before_its_commit_nor_after_a_rollback()
    {
        await using var here = TestServices.Over(db, _ => { });
        using var near = Hub(here).Subscribe("order:3");
        await InTransactionAsync(here, "order:3", commit: false);
        Assert.False(await near.WaitAsync(TimeSpan.Zero, default));
        await InTransactionAsync(
            here,
            "order:3",
            commit: true,
            inside: async () => Assert.False(await near.WaitAsync(TimeSpan.Zero, default))
        );
        Assert.True(await near.WaitAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Saving_without_a_transaction_announces_at_once()
    {
        await using var here = TestServices.Over(db, _ => { });
        using var near = Hub(here).Subscribe("order:4");
        await here.ActAsync<IServiceProvider, int>(
            Actor.System,
            scope =>
            {
                scope.GetRequiredService<IChangeFeed>().Announce("order:4");
                return scope.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
            }
        );
        Assert.True(await near.WaitAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public async Task The_pool_keeps_what_a_session_has_planned_unless_the_connection_string_says_otherwise()
    {
        const string Mark = "select set_config('market.mark', 'kept', false)";
        const string Read = "select current_setting('market.mark', true)";
        foreach (var (setting, expected) in new[] { ("", "kept"), (";No Reset On Close=false", null) })
        {
            await using NpgsqlDataSource source = Platform.Postgres.PostgresSource.Open(
                db.ConnectionString + ";Maximum Pool Size=1" + setting
            );
            await using (NpgsqlCommand mark = source.CreateCommand(Mark))
                await mark.ExecuteScalarAsync();
            await using NpgsqlCommand read = source.CreateCommand(Read);
            Assert.Equal(expected, await read.ExecuteScalarAsync() is string { Length: > 0 } text ? text : null);
        }
    }

    private static ChangeHub Hub(TestServices services) => services.Services.GetRequiredService<ChangeHub>();

    private static Task<int> InTransactionAsync(TestServices services, string topic, bool commit, Func<Task>? inside = null) =>
        services.ActAsync<IServiceProvider, int>(
            Actor.System,
            scope =>
                scope
                    .GetRequiredService<MarketplaceDbContext>()
                    .InTransactionAsync(
                        async _ =>
                        {
                            scope.GetRequiredService<IChangeFeed>().Announce(topic);
                            await scope.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
                            if (inside is not null)
                                await inside();
                            return 0;
                        },
                        default,
                        _ => commit
                    )
        );

    /// <summary>A process's hub at work, until it is disposed.</summary>
    private sealed class RunningHub(ChangeHub hub) : IAsyncDisposable
    {
        public static async Task<RunningHub> StartAsync(TestServices services)
        {
            await Hub(services).StartAsync(default);
            return new RunningHub(Hub(services));
        }

        /// <summary>Waits until it listens, which wakes everybody once.</summary>
        public async Task ListensAsync(IChangeSubscription first, IChangeSubscription second, CancellationToken ct)
        {
            Assert.True(await first.WaitAsync(Eventually.DefaultDeadline, ct));
            Assert.True(await second.WaitAsync(Eventually.DefaultDeadline, ct));
        }

        public async ValueTask DisposeAsync() => await hub.StopAsync(default);
    }
}
