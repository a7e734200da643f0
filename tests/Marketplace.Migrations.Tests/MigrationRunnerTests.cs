using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Migrations.Tests;

public sealed class MigrationRunnerTests
{
    private static readonly Migration First = Migration.Parse(
        "0201_market_first.sql",
        "create schema market; create table market.a (n int)"
    );
    private static readonly Migration Second = Migration.Parse("0202_market_second.sql", "insert into market.a values (1)");

    [Fact]
    public async Task Pending_files_are_applied_once_in_order_and_listed()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        var runner = Runner(First, Second);
        Assert.All(
            await runner.ListAsync(database.OwnerConnectionString, default),
            state => Assert.Equal(MigrationStatus.Pending, state.Status)
        );
        Assert.Equal([First.Name, Second.Name], await runner.ApplyAsync(database.OwnerConnectionString, default));
        Assert.Empty(await runner.ApplyAsync(database.OwnerConnectionString, default));
        Assert.All(
            await runner.ListAsync(database.OwnerConnectionString, default),
            state => Assert.Equal(MigrationStatus.Applied, state.Status)
        );
        Assert.Equal(1L, await ScalarAsync(database, "select count(*) from market.a"));
    }

    [Fact]
    public async Task Ten_replicas_at_once_apply_everything_exactly_once()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        var runs = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Runner(First, Second).ApplyAsync(database.OwnerConnectionString, default))
        );
        Assert.Equal([First.Name, Second.Name], runs.SelectMany(run => run));
        Assert.Equal(1L, await ScalarAsync(database, "select count(*) from market.a"));
    }

    [Fact]
    public async Task A_changed_file_stops_everything_and_is_named()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        await Runner(First).ApplyAsync(database.OwnerConnectionString, default);
        var edited = Migration.Parse(First.Name, First.Sql + " -- edited");
        var error = await Assert.ThrowsAsync<MigrationException>(() =>
            Runner(edited, Second).ApplyAsync(database.OwnerConnectionString, default)
        );
        Assert.Contains(First.Name, error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync(database, "select count(*) from market.a"));
    }

    [Fact]
    public void Line_ends_of_another_system_are_no_change()
    {
        var dos = Migration.Parse("0203_market_x.sql", "select 1;\r\nselect 2;");
        var unix = Migration.Parse("0203_market_x.sql", "select 1;\nselect 2;");
        Assert.Equal(unix.Checksum, dos.Checksum);
    }

    [Fact]
    public async Task A_failing_file_leaves_nothing_behind_and_those_before_it_stay()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        var broken = Migration.Parse("0202_market_broken.sql", "insert into market.a values (1); select no_such_column");
        var error = await Assert.ThrowsAsync<MigrationException>(() =>
            Runner(First, broken).ApplyAsync(database.OwnerConnectionString, default)
        );
        Assert.Contains("0202_market_broken.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains("no_such_column", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync(database, "select count(*) from market.a"));
        Assert.Equal([Second.Name], await Runner(First, Second).ApplyAsync(database.OwnerConnectionString, default));
    }

    [Fact]
    public async Task A_migration_of_a_newer_build_is_shown_as_unknown_and_left_alone()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        await Runner(First, Second).ApplyAsync(database.OwnerConnectionString, default);
        Assert.Empty(await Runner(First).ApplyAsync(database.OwnerConnectionString, default));
        var states = await Runner(First).ListAsync(database.OwnerConnectionString, default);
        Assert.Equal([MigrationStatus.Applied, MigrationStatus.Unknown], states.Select(state => state.Status));
    }

    [Theory]
    [InlineData("201_market_x.sql", "NNNN_module_what.sql")]
    [InlineData("0201_Market_x.sql", "NNNN_module_what.sql")]
    [InlineData("0201_nowhere_x.sql", "no module nowhere")]
    [InlineData("0301_market_x.sql", "market owns the numbers 0200 to 0299")]
    public void A_name_that_breaks_the_convention_is_refused(string name, string reason)
    {
        var error = Assert.Throws<MigrationException>(() => Migration.Parse(name, "select 1"));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_used_twice_is_refused()
    {
        var twin = Migration.Parse("0201_market_other.sql", "select 1");
        var error = Assert.Throws<MigrationException>(() => MigrationCatalog.Order([twin, First]));
        Assert.Contains("share a number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_files_are_in_order() => Assert.Equal("0001_platform.sql", MigrationCatalog.Load()[0].Name);

    private static MigrationRunner Runner(params Migration[] migrations) => new(migrations, NullLogger.Instance);

    private static async Task<object?> ScalarAsync(TestDatabase database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
