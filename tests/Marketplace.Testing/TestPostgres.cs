using System.Globalization;
using Marketplace.Migrations;
using Marketplace.Platform.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>
/// One PostgreSQL per test process, started by whoever needs it first, with a migrated template database. It is stopped and its folder
/// removed when the process ends; what a killed test run left behind, the next run removes.
/// </summary>
public static class TestPostgres
{
    private const string FolderPrefix = "marketplace-test-";
    private const string Template = "marketplace_template";
    private static readonly Lazy<Task<EmbeddedPostgres>> Shared = new(StartAsync);
    private static int s_databases;

    /// <summary>The instance of this process.</summary>
    public static Task<EmbeddedPostgres> InstanceAsync() => Shared.Value;

    /// <summary>Makes a database of its own for one test class, already migrated; empty of rows.</summary>
    public static Task<TestDatabase> CreateMigratedAsync() => CreateAsync(Template);

    /// <summary>Makes an empty database, not migrated.</summary>
    public static Task<TestDatabase> CreateEmptyAsync() => CreateAsync("template0");

    private static async Task<TestDatabase> CreateAsync(string template)
    {
        var instance = await InstanceAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref s_databases)}");
        await AsAdminAsync(instance, $"create database {name} template {template} owner marketplace_owner");
        return new TestDatabase(instance, name);
    }

    internal static async Task AsAdminAsync(EmbeddedPostgres instance, string sql)
    {
        await using var source = NpgsqlDataSource.Create(instance.ConnectionStringFor(PostgresRole.Admin, "postgres") + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<EmbeddedPostgres> StartAsync()
    {
        RemoveLeftovers();
        var folder = Path.Combine(Path.GetTempPath(), FolderPrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var options = new PostgresOptions { Directory = folder, Fsync = false };
        var instance = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        // Registered after the instance's own handler, so PostgreSQL has stopped by the time its folder goes.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await AsAdminAsync(instance, $"create database {Template} owner marketplace_owner");
        var runner = new MigrationRunner(MigrationCatalog.Load(), NullLogger.Instance);
        await runner.ApplyAsync(instance.ConnectionStringFor(PostgresRole.Owner, Template), CancellationToken.None);
        return instance;
    }

    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            var owner = Path.GetFileName(folder)[FolderPrefix.Length..];
            if (Directory.Exists($"/proc/{owner}") || IsStillRunning(folder))
                continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another test process removes it at the same time, or it belongs to another account: not ours to mind.
                continue;
            }
        }
    }

    // Its test process was killed but its PostgreSQL lives: end that one by the number it wrote down, after checking that it is the one.
    private static bool IsStillRunning(string folder)
    {
        if (PostgresFolder.RunningProcess(Path.Combine(folder, "postgres", "data")) is not { } pid)
            return false;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            process.Kill();
            return !process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>One database of the test PostgreSQL, with the same two roles as the product.</summary>
public sealed class TestDatabase(EmbeddedPostgres instance, string name) : IAsyncDisposable
{
    public string Name => name;

    /// <summary>The application's rights.</summary>
    public string ConnectionString { get; } = Bounded(instance, PostgresRole.Application, name);

    /// <summary>The owner's rights: migrations, and checks of what the application may not see.</summary>
    public string OwnerConnectionString { get; } = Bounded(instance, PostgresRole.Owner, name);

    /// <summary>Superuser rights, for tests that tamper.</summary>
    public string AdminConnectionString { get; } = Bounded(instance, PostgresRole.Admin, name);

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await TestPostgres.AsAdminAsync(instance, $"drop database if exists {name} with (force)");
    }

    // Several test classes run side by side in one instance of 200 connections.
    private static string Bounded(EmbeddedPostgres instance, PostgresRole role, string name) =>
        new NpgsqlConnectionStringBuilder(instance.ConnectionStringFor(role, name))
        {
            MaxPoolSize = 40,
            IncludeErrorDetail = true,
        }.ConnectionString;
}
