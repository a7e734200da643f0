using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Platform.Postgres;

/// <summary>
/// A private PostgreSQL in a data folder, so that one command is enough on a machine without a database. It listens on 127.0.0.1
/// only, never runs as root, and is stopped when this object is disposed or the process ends in an orderly way. When the process is
/// killed instead, PostgreSQL lives on; the next start finds it, stops it cleanly and starts it anew, so nothing committed is lost.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The database the marketplace uses.</summary>
    public const string DatabaseName = "marketplace";

    private const int PortAttempts = 5;
    private const int SurvivorLooks = 300;
    private static readonly TimeSpan SurvivorPause = TimeSpan.FromMilliseconds(100);
    private const long MaxLogBytes = 8 * 1024 * 1024;

    private readonly PostgresFolder _folder;
    private readonly PostgresShell _shell;
    private readonly PostgresBinaries _binaries;
    private readonly Dictionary<string, string> _passwords;
    private readonly ILogger _logger;
    private int _stopped;

    private EmbeddedPostgres(PostgresFolder folder, PostgresShell shell, PostgresBinaries binaries, ILogger logger)
    {
        _folder = folder;
        _shell = shell;
        _binaries = binaries;
        _logger = logger;
        _passwords = folder.ReadOrCreatePasswords();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>The absolute data folder.</summary>
    public string DataDirectory => _folder.Root;

    /// <summary>The application's connection: only the rights that the migrations grant.</summary>
    public string ConnectionString => ConnectionStringFor(PostgresRole.Application, DatabaseName);

    /// <summary>The owner's connection, for migrations.</summary>
    public string OwnerConnectionString => ConnectionStringFor(PostgresRole.Owner, DatabaseName);

    /// <summary>A connection string for one role and database of this instance.</summary>
    public string ConnectionStringFor(PostgresRole role, string database)
    {
        var name = PostgresFolder.NameOf(role);
        return PostgresFolder.Connection(Port, database, name, _passwords[name]).ConnectionString;
    }

    /// <summary>Starts PostgreSQL in <see cref="PostgresOptions.Directory"/>, creating it on the first start, and returns once it answers.</summary>
    /// <exception cref="PostgresUnavailableException">It cannot run here; the message holds the fix.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(PostgresOptions options, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var folder = PostgresFolder.Open(options.Directory);
        EmbeddedPostgres? instance = null;
        try
        {
            var binaries = PostgresBinaries.Find(options.PostgresBinaries, folder.MajorVersion());
            instance = new EmbeddedPostgres(folder, new PostgresShell(options.PostgresAccount), binaries, logger);
            await instance.PrepareAsync(options, cancellation);
            await instance.LaunchAsync(options, cancellation);
            await instance.EnsureRolesAndDatabaseAsync(cancellation);
            return instance;
        }
        catch
        {
            if (instance is { Port: > 0 })
                await instance.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Stops PostgreSQL (fast: open transactions roll back, everything committed is on disk) and frees the data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopOnceAsync();
        _folder.Dispose();
    }

    private async Task PrepareAsync(PostgresOptions options, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder.Home);
        await _shell.HandOverAsync(_folder.Home, cancellation);
        await CheckReachableAsync(cancellation);
        if (_folder.RunningProcess() is { } left)
        {
            _logger.LogInformation("PostgreSQL of an earlier start still runs as process {Process}; stopping it cleanly first.", left);
            await StopAsync(cancellation);
        }
        else if (File.Exists(_folder.PidFile))
        {
            // Left by a machine that lost power, or by a killed server: PostgreSQL itself would balk if the number now belongs to another
            // program. Without the file it cannot tell whether children of the killed server still write, so they are waited for first.
            await OutliveAsync(cancellation);
            File.Delete(_folder.PidFile);
        }
        if (!_folder.IsInitialised)
            await InitialiseAsync(options, cancellation);
    }

    private async Task OutliveAsync(CancellationToken cancellation)
    {
        for (var left = SurvivorLooks; _folder.Survivors() is { Count: > 0 } survivors; left--)
        {
            if (left == 0)
                throw new PostgresUnavailableException(
                    $"Processes of a killed PostgreSQL still use {_folder.Cluster}: {string.Join(", ", survivors)}.",
                    "End them with kill, then start again."
                );
            await Task.Delay(SurvivorPause, TimeProvider.System, cancellation);
        }
    }

    private async Task CheckReachableAsync(CancellationToken cancellation)
    {
        if (!_shell.DropsPrivileges)
            return;
        var result = await _shell.RunAsync("test", ["-w", _folder.Home], cancellation);
        if (result.ExitCode != 0)
            throw new PostgresUnavailableException(
                $"The account {_shell.Account} cannot reach {_folder.Home}: a folder above it is closed to others.",
                "Choose a folder such as /var/lib/compute-marketplace with Data:Directory (./run --data-dir)."
            );
    }

    private async Task InitialiseAsync(PostgresOptions options, CancellationToken cancellation)
    {
        // Made beside and renamed, so that a start that was killed half way leaves nothing that looks finished.
        var fresh = Path.Combine(_folder.Home, "new");
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        var passwordFile = Path.Combine(_folder.Home, "initial");
        PostgresFolder.WritePrivate(passwordFile, _passwords[PostgresFolder.AdminName]);
        try
        {
            await _shell.HandOverAsync(passwordFile, cancellation);
            string[] arguments =
            [
                "-D",
                fresh,
                "-U",
                PostgresFolder.AdminName,
                "--auth=scram-sha-256",
                $"--pwfile={passwordFile}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                .. options.Fsync ? Array.Empty<string>() : ["--no-sync"],
            ];
            var result = await _shell.RunAsync(_binaries.InitDb, arguments, cancellation);
            if (result.ExitCode != 0)
                throw new PostgresUnavailableException(
                    $"initdb failed: {result.Output}",
                    $"Check that {_folder.Home} has free space and is writable."
                );
            Directory.Move(fresh, _folder.Cluster);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private async Task LaunchAsync(PostgresOptions options, CancellationToken cancellation)
    {
        if (File.Exists(_folder.Log) && new FileInfo(_folder.Log).Length > MaxLogBytes)
            File.Move(_folder.Log, _folder.Log + ".1", overwrite: true);
        for (var attempt = 1; ; attempt++)
        {
            Port = options.PostgresPort != 0 ? options.PostgresPort : FreePort();
            await File.WriteAllTextAsync(
                Path.Combine(_folder.Cluster, "postgresql.conf"),
                PostgresConfiguration.Settings(options, Port),
                cancellation
            );
            await File.WriteAllTextAsync(Path.Combine(_folder.Cluster, "pg_hba.conf"), PostgresConfiguration.HostAccess, cancellation);
            // pg_ctl detaches PostgreSQL from our terminal, so that Ctrl-C reaches us first and we stop it when we are done with it.
            var result = await _shell.RunAsync(
                _binaries.PgCtl,
                ["start", "-D", _folder.Cluster, "-l", _folder.Log, "-w", "-t", "120"],
                cancellation
            );
            if (result.ExitCode == 0)
                break;
            var log = LastLogLines();
            var portTaken = log.Contains("could not bind", StringComparison.Ordinal);
            if (portTaken && options.PostgresPort == 0 && attempt < PortAttempts)
                continue;
            throw portTaken
                ? new PostgresUnavailableException(
                    $"Port {Port} on 127.0.0.1 is taken.",
                    "Choose another with Data:PostgresPort, or 0 for a free one."
                )
                : new PostgresUnavailableException($"PostgreSQL did not start: {log}", $"See {_folder.Log}.");
        }
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        _logger.LogInformation(
            "PostgreSQL {Version} runs on 127.0.0.1:{Port}, data in {Folder}.",
            _folder.MajorVersion(),
            Port,
            _folder.Root
        );
    }

    private async Task EnsureRolesAndDatabaseAsync(CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(ConnectionStringFor(PostgresRole.Admin, "postgres")) { Pooling = false }.ConnectionString
        );
        await using var connection = await source.OpenConnectionAsync(cancellation);
        foreach (var role in new[] { PostgresFolder.OwnerName, PostgresFolder.ApplicationName })
            if (!await ExistsAsync(connection, "select 1 from pg_roles where rolname = $1", role, cancellation))
                // Names and passwords are our own constants and hex digits; utility statements take no parameters.
                await ExecuteAsync(connection, $"create role {role} login password '{_passwords[role]}'", cancellation);
        if (!await ExistsAsync(connection, "select 1 from pg_database where datname = $1", DatabaseName, cancellation))
            await ExecuteAsync(connection, $"create database {DatabaseName} owner {PostgresFolder.OwnerName}", cancellation);
        await ExecuteAsync(connection, $"revoke all on database {DatabaseName} from public", cancellation);
        await ExecuteAsync(
            connection,
            $"grant connect, temporary on database {DatabaseName} to {PostgresFolder.ApplicationName}",
            cancellation
        );
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancellation) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task StopAsync(CancellationToken cancellation)
    {
        var result = await _shell.RunAsync(_binaries.PgCtl, ["stop", "-D", _folder.Cluster, "-m", "fast", "-w", "-t", "60"], cancellation);
        if (result.ExitCode != 0 && _folder.RunningProcess() is { } process)
            throw new PostgresUnavailableException($"PostgreSQL (process {process}) did not stop: {result.Output}", $"See {_folder.Log}.");
    }

    private async Task StopOnceAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0 && _folder.RunningProcess() is not null)
            await StopAsync(CancellationToken.None);
    }

    /// <summary>The process ends without having disposed us (SIGTERM before the host ran, an unhandled return): stop all the same.</summary>
    private void OnProcessExit(object? sender, EventArgs arguments)
    {
        try
        {
            StopOnceAsync().GetAwaiter().GetResult();
        }
        catch (PostgresUnavailableException error)
        {
            _logger.LogError(error, "PostgreSQL was left running.");
        }
    }

    private string LastLogLines() =>
        File.Exists(_folder.Log) ? string.Join('\n', File.ReadLines(_folder.Log).TakeLast(8)) : "it wrote no log";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
