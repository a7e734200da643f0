using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Migrations.Tests;

public sealed class MarketplaceDatabaseTests
{
    [Fact]
    public async Task A_database_of_ones_own_is_migrated_by_its_owner_and_used_by_the_application()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        await using var opened = await OpenAsync(database.ConnectionString, database.OwnerConnectionString);
        Assert.Equal(database.ConnectionString, opened.ConnectionString);
        Assert.Equal(0L, await ScalarAsync(opened.ConnectionString, "select count(*) from platform.outbox_message"));
    }

    [Fact]
    public async Task One_connection_that_may_create_schemas_does_both()
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        await using var opened = await OpenAsync(database.OwnerConnectionString, null);
        Assert.Equal(0L, await ScalarAsync(opened.ConnectionString, "select count(*) from platform.outbox_message"));
    }

    [Fact]
    public async Task An_application_role_alone_starts_on_a_migrated_database_and_is_told_when_it_is_not()
    {
        await using var migrated = await TestPostgres.CreateMigratedAsync();
        await using (await OpenAsync(migrated.ConnectionString, null)) { }
        await using var empty = await TestPostgres.CreateEmptyAsync();
        var error = await Assert.ThrowsAsync<MigrationException>(() => OpenAsync(empty.ConnectionString, null));
        Assert.Contains("Data:MigrationConnectionString", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_without_the_password()
    {
        var error = await Assert.ThrowsAsync<PostgresUnavailableException>(() =>
            OpenAsync("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=secret", null)
        );
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static Task<MarketplaceDatabase> OpenAsync(string connection, string? owner) =>
        MarketplaceDatabase.OpenAsync(
            new PostgresOptions { ConnectionString = connection, MigrationConnectionString = owner },
            NullLoggerFactory.Instance,
            CancellationToken.None
        );

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
