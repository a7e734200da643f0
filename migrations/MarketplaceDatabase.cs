using Marketplace.Platform.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Migrations;

/// <summary>The database of one marketplace process, ready to use: the embedded one or one of your own, brought up to this build.</summary>
public sealed class MarketplaceDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private MarketplaceDatabase(EmbeddedPostgres? embedded, string connectionString)
    {
        _embedded = embedded;
        ConnectionString = connectionString;
    }

    /// <summary>The application's connection.</summary>
    public string ConnectionString { get; }

    /// <summary>
    /// Starts the embedded PostgreSQL, unless a connection is configured, and migrates with the owner's connection. A process that was not
    /// given the owner's connection, and whose own role may not create schemas, migrates nothing: it checks that somebody else has.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">The embedded PostgreSQL cannot run, or the configured one does not answer.</exception>
    /// <exception cref="MigrationException">A migration failed, or some are pending and this process may not apply them.</exception>
    public static async Task<MarketplaceDatabase> OpenAsync(PostgresOptions options, ILoggerFactory logging, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var logger = logging.CreateLogger("Marketplace.Database");
        var runner = new MigrationRunner(MigrationCatalog.Load(), logger);
        if (!options.IsEmbedded)
        {
            await PrepareOwnAsync(runner, options, cancellation);
            return new MarketplaceDatabase(null, options.ConnectionString!);
        }
        var embedded = await EmbeddedPostgres.StartAsync(options, logger, cancellation);
        try
        {
            await runner.ApplyAsync(embedded.OwnerConnectionString, cancellation);
            return new MarketplaceDatabase(embedded, embedded.ConnectionString);
        }
        catch
        {
            await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the embedded PostgreSQL, if it is ours.</summary>
    public ValueTask DisposeAsync() => _embedded?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task PrepareOwnAsync(MigrationRunner runner, PostgresOptions options, CancellationToken cancellation)
    {
        var owner = options.MigrationConnectionString;
        if (string.IsNullOrWhiteSpace(owner) && await MayMigrateAsync(options.ConnectionString!, cancellation))
            owner = options.ConnectionString;
        if (!string.IsNullOrWhiteSpace(owner))
        {
            await runner.ApplyAsync(owner, cancellation);
            return;
        }
        var pending = (await runner.ListAsync(options.ConnectionString!, cancellation))
            .Where(state => state.Status != MigrationStatus.Applied)
            .ToList();
        if (pending.Find(state => state.Status is MigrationStatus.Pending or MigrationStatus.Changed) is { } first)
            throw new MigrationException(
                $"The database is not up to this build ({first.Name} is {first.Status}) and this role may not migrate it. Set Data:MigrationConnectionString to the owner's connection, or run Marketplace.Migrations apply first."
            );
    }

    private static async Task<bool> MayMigrateAsync(string connectionString, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        try
        {
            await using var command = source.CreateCommand("select has_database_privilege(current_database(), 'CREATE')");
            return (bool)(await command.ExecuteScalarAsync(cancellation))!;
        }
        catch (NpgsqlException error)
        {
            var target = new NpgsqlConnectionStringBuilder(connectionString);
            throw new PostgresUnavailableException(
                $"The database {target.Database} on {target.Host}:{target.Port} cannot be used as {target.Username}: {error.Message}",
                "Check Data:ConnectionString and that the server is up.",
                error
            );
        }
    }
}
