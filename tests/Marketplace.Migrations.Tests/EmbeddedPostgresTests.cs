using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Migrations.Tests;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("marketplace-embedded-").FullName;

    public EmbeddedPostgresTests()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_committed_survives_a_stop_and_a_start()
    {
        await using (var first = await StartAsync())
            await ExecuteAsync(first.OwnerConnectionString, "create table kept (n int); insert into kept values (7)");
        await using var second = await StartAsync();
        Assert.Equal(7, await ScalarAsync(second.OwnerConnectionString, "select n from kept"));
    }

    [Fact]
    public async Task Postgres_left_by_a_killed_marketplace_is_found_and_nothing_is_lost()
    {
        await using (var first = await StartAsync())
            await ExecuteAsync(first.OwnerConnectionString, "create table kept (n int)");
        // What a kill -9 of the marketplace leaves: PostgreSQL alive, nobody holding the lock.
        var orphan = await StartOrphanAsync();
        await using (var writer = new NpgsqlConnection(await OrphanConnectionAsync()))
        {
            await writer.OpenAsync();
            await using var insert = new NpgsqlCommand("insert into kept values (42)", writer);
            await insert.ExecuteNonQueryAsync();
            await using var second = await StartAsync();
            Assert.Equal(42, await ScalarAsync(second.OwnerConnectionString, "select n from kept"));
            Assert.NotEqual(orphan, PostgresFolder.RunningProcess(Path.Combine(_folder, "postgres", "data")));
        }
    }

    [Fact]
    public async Task Killing_postgres_itself_loses_nothing_committed()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first.OwnerConnectionString, "create table kept (n int); insert into kept select generate_series(1, 1000)");
            var pid = int.Parse(File.ReadLines(Path.Combine(_folder, "postgres", "data", "postmaster.pid")).First());
            using var server = Process.GetProcessById(pid);
            server.Kill();
            await server.WaitForExitAsync();
        }
        await using var second = await StartAsync();
        Assert.Equal(1000L, await ScalarAsync(second.OwnerConnectionString, "select count(*) from kept"));
    }

    [Fact]
    public async Task Children_that_outlive_a_killed_server_are_seen()
    {
        await using (await StartAsync()) { }
        var cluster = Path.Combine(_folder, "postgres", "data");
        await File.WriteAllTextAsync(Path.Combine(cluster, "postmaster.pid"), $"1\n{cluster}\nof-a-killed-server\n");
        using var folder = PostgresFolder.Open(_folder);
        // The server takes its file away a moment before it ends itself.
        await Eventually.HoldsAsync(() => folder.Survivors().Count == 0, "the stopped server to be gone");
        using var child = Process.Start(
            new ProcessStartInfo("cat")
            {
                WorkingDirectory = cluster,
                RedirectStandardInput = true,
                UseShellExecute = false,
            }
        )!;
        Assert.Equal([child.Id], folder.Survivors());
        child.StandardInput.Close();
        await child.WaitForExitAsync();
        Assert.Empty(folder.Survivors());
    }

    [Fact]
    public async Task A_stale_pid_file_whose_number_belongs_to_another_program_is_no_obstacle()
    {
        await using (await StartAsync()) { }
        await File.WriteAllTextAsync(Path.Combine(_folder, "postgres", "data", "postmaster.pid"), $"{Environment.ProcessId}\n/elsewhere\n");
        await using var second = await StartAsync();
        Assert.Equal(1, await ScalarAsync(second.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_first_start_that_was_killed_half_way_is_begun_again()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "postgres", "new", "base"));
        await using var instance = await StartAsync();
        Assert.Equal(1, await ScalarAsync(instance.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_second_marketplace_on_the_same_folder_is_refused_and_does_not_disturb_the_first()
    {
        await using var first = await StartAsync();
        var error = await Assert.ThrowsAsync<PostgresUnavailableException>(StartAsync);
        Assert.Contains("in use by another marketplace", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await ScalarAsync(first.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var error = await Assert.ThrowsAsync<PostgresUnavailableException>(() => StartAsync(port));
        Assert.Contains($"Port {port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("Data:PostgresPort", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_listens_on_loopback_only_runs_without_root_and_keeps_its_passwords_private()
    {
        await using var instance = await StartAsync();
        Assert.Equal("127.0.0.1", await ScalarAsync(instance.OwnerConnectionString, "select current_setting('listen_addresses')"));
        Assert.Equal("on", await ScalarAsync(instance.OwnerConnectionString, "select current_setting('fsync')"));
        var pid = File.ReadLines(Path.Combine(_folder, "postgres", "data", "postmaster.pid")).First();
        var uid = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.NotEqual("0", uid);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "pgpass")));
        var wrong = new NpgsqlConnectionStringBuilder(instance.ConnectionString) { Password = "wrong", Pooling = false }.ConnectionString;
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong, "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    private Task<EmbeddedPostgres> StartAsync() => StartAsync(0);

    private Task<EmbeddedPostgres> StartAsync(int port) =>
        EmbeddedPostgres.StartAsync(
            new PostgresOptions { Directory = _folder, PostgresPort = port },
            NullLogger.Instance,
            CancellationToken.None
        );

    private async Task<int> StartOrphanAsync()
    {
        var cluster = Path.Combine(_folder, "postgres", "data");
        var result = await new PostgresShell("postgres").RunAsync(
            PostgresBinaries.Find(null, null).PgCtl,
            ["start", "-D", cluster, "-l", Path.Combine(_folder, "postgres", "postgres.log"), "-w"],
            CancellationToken.None
        );
        Assert.Equal(0, result.ExitCode);
        return int.Parse((await File.ReadAllLinesAsync(Path.Combine(cluster, "postmaster.pid")))[0]);
    }

    private async Task<string> OrphanConnectionAsync()
    {
        var port = int.Parse((await File.ReadAllLinesAsync(Path.Combine(_folder, "postgres", "data", "postmaster.pid")))[3]);
        var owner = (await File.ReadAllLinesAsync(Path.Combine(_folder, "pgpass")))
            .Select(line => line.Split(':'))
            .Single(parts => parts[3] == PostgresFolder.OwnerName);
        return PostgresFolder.Connection(port, EmbeddedPostgres.DatabaseName, owner[3], owner[4]).ConnectionString + ";Pooling=false";
    }

    private static async Task ExecuteAsync(string connectionString, string sql) => await ScalarAsync(connectionString, sql);

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
