using Marketplace.Platform.Postgres;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>
/// A migrated database for one test class: <c>class LedgerTests(PostgresFixture db) : IClassFixture&lt;PostgresFixture&gt;</c>. Classes run side
/// by side without seeing each other's rows.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private TestDatabase? _database;
    private NpgsqlDataSource? _source;

    public TestDatabase Database => _database ?? throw new InvalidOperationException("xunit has not initialised this fixture.");

    /// <summary>The application's connection string.</summary>
    public string ConnectionString => Database.ConnectionString;

    /// <summary>The application's data source, shared by the class.</summary>
    public NpgsqlDataSource DataSource => _source ?? throw new InvalidOperationException("xunit has not initialised this fixture.");

    /// <summary>Deadlocks the server has resolved in this database.</summary>
    public async Task<long> DeadlocksAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateMigratedAsync();
        _source = PostgresSource.Open(_database.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }
}
