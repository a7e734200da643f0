using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Migrations;

/// <summary>What a migration is in one database.</summary>
public enum MigrationStatus
{
    Pending,
    Applied,

    /// <summary>Applied, but the file has changed since: the database no longer matches the code.</summary>
    Changed,

    /// <summary>Applied by a newer build than this one.</summary>
    Unknown,
}

/// <param name="Name">The file name.</param>
/// <param name="AppliedAt">When it was applied; null while pending.</param>
public sealed record MigrationState(string Name, MigrationStatus Status, DateTimeOffset? AppliedAt);

/// <summary>
/// Brings a database up to this build. Any number of replicas may call it at once: one works under an advisory lock, the others wait
/// and then find nothing to do. Each migration commits together with its record, so an interrupted run continues where it stopped.
/// </summary>
public sealed class MigrationRunner(IReadOnlyList<Migration> migrations, ILogger logger)
{
    /// <summary>The role the application runs as; migrations grant to it and it must exist before them.</summary>
    public const string ApplicationRole = "marketplace_app";

    // Any number that nothing else in this database uses: the letters "market" as bytes.
    private const long LockKey = 0x6d61726b6574;

    private const string CreateRecord = """
        create schema if not exists platform;
        create table if not exists platform.schema_version (
            number integer primary key,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default clock_timestamp()
        );
        """;

    /// <summary>Applies what is missing, in order.</summary>
    /// <param name="connectionString">The owner's connection.</param>
    /// <returns>The names of the migrations applied now.</returns>
    /// <exception cref="MigrationException">A file failed, an applied file has changed, or the application role is missing and cannot be created.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(string connectionString, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(Unpooled(connectionString));
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancellation);
        await EnsureApplicationRoleAsync(connection, cancellation);
        await ExecuteAsync(connection, CreateRecord, cancellation);
        var states = Compare(await RecordsAsync(connection, cancellation));
        if (states.FirstOrDefault(state => state.Status == MigrationStatus.Changed) is { } changed)
            throw new MigrationException(
                $"{changed.Name} was applied on {changed.AppliedAt:yyyy-MM-dd HH:mm} UTC and has been edited since. Restore the file and put the change into a new migration."
            );
        foreach (var newer in states.Where(state => state.Status == MigrationStatus.Unknown))
            logger.LogWarning(
                "The database holds {Migration}, which this build does not know: it was migrated by a newer build.",
                newer.Name
            );
        var pending = states
            .Where(state => state.Status == MigrationStatus.Pending)
            .Select(state => state.Name)
            .ToHashSet(StringComparer.Ordinal);
        var applied = new List<string>();
        foreach (var migration in migrations.Where(migration => pending.Contains(migration.Name)))
        {
            await ApplyOneAsync(connection, migration, cancellation);
            applied.Add(migration.Name);
        }
        return applied;
    }

    /// <summary>Compares the files with a database and changes nothing.</summary>
    public async Task<IReadOnlyList<MigrationState>> ListAsync(string connectionString, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(Unpooled(connectionString));
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var probe = new NpgsqlCommand("select to_regclass('platform.schema_version') is not null", connection);
        var hasRecord = (bool)(await probe.ExecuteScalarAsync(cancellation))!;
        return Compare(hasRecord ? await RecordsAsync(connection, cancellation) : []);
    }

    private List<MigrationState> Compare(Dictionary<int, (string Name, string Checksum, DateTimeOffset AppliedAt)> records)
    {
        var states = migrations
            .Select(migration =>
                !records.TryGetValue(migration.Number, out var record) ? new MigrationState(migration.Name, MigrationStatus.Pending, null)
                : record.Checksum == migration.Checksum && record.Name == migration.Name
                    ? new(migration.Name, MigrationStatus.Applied, record.AppliedAt)
                : new(record.Name, MigrationStatus.Changed, record.AppliedAt)
            )
            .ToList();
        var known = migrations.Select(migration => migration.Number).ToHashSet();
        states.AddRange(
            records
                .Where(record => !known.Contains(record.Key))
                .OrderBy(record => record.Key)
                .Select(record => new MigrationState(record.Value.Name, MigrationStatus.Unknown, record.Value.AppliedAt))
        );
        return states;
    }

    // A module's first migration finds its schema made and opened to the application. Only the first: opening it again would take back
    // what a later migration forbids.
    private static string OpenSchema(string module) =>
        $"""
            do $$ begin
                if to_regnamespace('{module}') is null and to_regprocedure('platform.open_to_application(text)') is not null then
                    perform platform.open_to_application('{module}');
                end if;
            end $$
            """;

    private async Task ApplyOneAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            // A migration that waits for a lock makes everybody behind it wait, so it gives up instead.
            await ExecuteAsync(connection, "set local lock_timeout = '30s'", cancellation);
            await ExecuteAsync(connection, OpenSchema(migration.Module), cancellation);
            await ExecuteAsync(connection, migration.Sql, cancellation);
            await using var record = new NpgsqlCommand(
                "insert into platform.schema_version (number, name, checksum) values ($1, $2, $3)",
                connection
            )
            {
                Parameters =
                {
                    new() { Value = migration.Number },
                    new() { Value = migration.Name },
                    new() { Value = migration.Checksum },
                },
            };
            await record.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException error)
        {
            throw new MigrationException(
                $"{migration.Name}: {error.MessageText} ({error.SqlState}){(error.Detail is { } detail ? " " + detail : "")}. Nothing of it was kept.",
                error
            );
        }
        logger.LogInformation("Applied {Migration}.", migration.Name);
    }

    private static async Task EnsureApplicationRoleAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select from pg_roles where rolname = $1), (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)",
            connection
        )
        {
            Parameters = { new() { Value = ApplicationRole } },
        };
        bool exists,
            mayCreate;
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            await reader.ReadAsync(cancellation);
            (exists, mayCreate) = (reader.GetBoolean(0), reader.GetBoolean(1));
        }
        if (exists)
            return;
        if (!mayCreate)
            throw new MigrationException(
                $"The role {ApplicationRole} does not exist and this role may not create it. As an administrator run: CREATE ROLE {ApplicationRole} LOGIN PASSWORD '…'; and connect the application as that role or as a member of it."
            );
        await ExecuteAsync(connection, $"create role {ApplicationRole} nologin", cancellation);
    }

    private static async Task<Dictionary<int, (string Name, string Checksum, DateTimeOffset AppliedAt)>> RecordsAsync(
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        var records = new Dictionary<int, (string, string, DateTimeOffset)>();
        await using var command = new NpgsqlCommand("select number, name, checksum, applied_at from platform.schema_version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            records.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        return records;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        // No time limit: waiting for another replica's run, or for a long migration, is not an error.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // The advisory lock ends with the session, so the session must really end.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            ApplicationName = "marketplace-migrations",
        }.ConnectionString;
}
