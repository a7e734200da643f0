using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Migrations.Tests;

/// <summary>The two commands of infra/README.md, on a real database.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_backup_taken_as_the_owner_restores_as_the_owner_with_rows_and_rights()
    {
        await using var original = await TestPostgres.CreateMigratedAsync();
        await using var restored = await TestPostgres.CreateEmptyAsync();
        await ScalarAsync(original.ConnectionString, "insert into platform.inbox_entry values ('msg_1', 'handler', now()) returning 1");
        var folder = Directory.CreateTempSubdirectory("marketplace-backup-");
        try
        {
            var dump = Path.Combine(folder.FullName, "marketplace.dump");
            await RunAsync("pg_dump", "--format=custom", $"--file={dump}", $"--dbname={Uri(original.OwnerConnectionString)}");
            await RunAsync("pg_restore", "--exit-on-error", "--no-owner", $"--dbname={Uri(restored.OwnerConnectionString)}", dump);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        Assert.Equal(1L, await ScalarAsync(restored.ConnectionString, "select count(*) from platform.inbox_entry"));
        var states = await new MigrationRunner(
            MigrationCatalog.Load(),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
        ).ListAsync(restored.ConnectionString, CancellationToken.None);
        Assert.All(states, state => Assert.Equal(MigrationStatus.Applied, state.Status));
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            ScalarAsync(restored.ConnectionString, "delete from platform.schema_version")
        );
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    private static string Uri(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgresql://{target.Username}:{target.Password}@{target.Host}:{target.Port}/{target.Database}";
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(Path.Combine(PostgresBinaries.Find(null, null).Folder, program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
