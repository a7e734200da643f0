using System.Diagnostics;
using System.Globalization;
using Marketplace.Migrations;
using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Faults.Tests.Support;

/// <summary>
/// A PostgreSQL that only this test uses and may kill, on a port that stays the same over restarts. It writes to disk as the product's own
/// does: the tests' shared server does not, and could lose what it acknowledged.
/// </summary>
public sealed class PrivateServer : IAsyncLifetime
{
    private const int Connections = 60;
    private readonly string folder = Directory.CreateTempSubdirectory("marketplace-faults-").FullName;
    private EmbeddedPostgres? instance;
    private TestDatabase? database;
    private NpgsqlDataSource? source;

    public TestDatabase Database => database ?? throw NotInitialised();

    /// <summary>The application's connections; good again after a restart.</summary>
    public NpgsqlDataSource Source => source ?? throw NotInitialised();

    public PostgresFixture Fixture => PostgresFixture.Over(Source, Database);

    /// <summary>The server's processes: the postmaster first.</summary>
    public IReadOnlyList<int> Processes
    {
        get
        {
            int postmaster = PostgresFolder.RunningProcess(Cluster) ?? throw new InvalidOperationException("The server does not run.");
            return [postmaster, .. ChildrenOf(postmaster)];
        }
    }

    private string Cluster => Path.Combine(folder, "postgres", "data");

    public async Task InitializeAsync()
    {
        // PostgreSQL runs under another account than root, and must be able to enter.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        instance = await LaunchAsync(port: 0);
        var runner = new MigrationRunner(MigrationCatalog.Load(), NullLogger.Instance);
        await runner.ApplyAsync(instance.OwnerConnectionString, CancellationToken.None);
        database = new TestDatabase(instance, EmbeddedPostgres.DatabaseName);
        source = NpgsqlDataSource.Create(database.ConnectionString);
    }

    /// <summary>kill -9 of the postmaster and every backend, as a crash of the machine ends them: at once, in the middle of whatever they do.</summary>
    /// <returns>How many processes were killed.</returns>
    public int Kill()
    {
        IReadOnlyList<int> all = Processes;
        // The postmaster first, so that it does not restart what follows.
        foreach (int pid in all)
            KillOne(pid);
        return all.Count;
    }

    /// <summary>kill -9 of one backend: the postmaster sees it, ends all others and recovers by itself.</summary>
    public void KillOneBackend(int pid) => KillOne(pid);

    public async Task RestartAsync()
    {
        EmbeddedPostgres killed = instance ?? throw NotInitialised();
        // Frees the folder; there is nothing left to stop.
        await killed.DisposeAsync();
        instance = await LaunchAsync(killed.Port);
        Source.Clear();
    }

    public async Task DisposeAsync()
    {
        if (source is not null)
            await source.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (instance is not null)
            await instance.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static InvalidOperationException NotInitialised() => new("xunit has not initialised this fixture.");

    private Task<EmbeddedPostgres> LaunchAsync(int port) =>
        EmbeddedPostgres.StartAsync(
            new PostgresOptions
            {
                Directory = folder,
                PostgresPort = port,
                MaxConnections = Connections,
            },
            NullLogger.Instance,
            CancellationToken.None
        );

    private static void KillOne(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It ended by itself between the look and the kill.
        }
    }

    private static List<int> ChildrenOf(int parent)
    {
        List<int> children = [];
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ParentOf(pid) == parent
            )
                children.Add(pid);
        }
        return children;
    }

    private static int? ParentOf(int pid)
    {
        try
        {
            string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal));
            return int.Parse(line["PPid:".Length..], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It ended between two looks.
            return null;
        }
    }
}
