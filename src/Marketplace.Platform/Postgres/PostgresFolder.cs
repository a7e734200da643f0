using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Marketplace.Platform.Postgres;

/// <summary>The login roles of the database.</summary>
public enum PostgresRole
{
    /// <summary>Superuser of the embedded instance. Creates roles and databases, nothing else.</summary>
    Admin,

    /// <summary>Owns the schemas and runs the migrations.</summary>
    Owner,

    /// <summary>What the application runs as: only the rights the migrations grant.</summary>
    Application,
}

/// <summary>The data folder: PostgreSQL's cluster, the credentials file and the lock that keeps a second marketplace out.</summary>
internal sealed class PostgresFolder : IDisposable
{
    public const string AdminName = "marketplace_admin";
    public const string OwnerName = "marketplace_owner";
    public const string ApplicationName = "marketplace_app";
    private const int PasswordBytes = 24;

    private readonly FileStream _lock;

    private PostgresFolder(string root, FileStream heldLock)
    {
        Root = root;
        _lock = heldLock;
    }

    public string Root { get; }

    /// <summary>Owned by PostgreSQL's account; everything in it is PostgreSQL's.</summary>
    public string Home => Path.Combine(Root, "postgres");
    public string Cluster => Path.Combine(Home, "data");
    public string Log => Path.Combine(Home, "postgres.log");
    public string Credentials => Path.Combine(Root, "pgpass");
    public string PidFile => Path.Combine(Cluster, "postmaster.pid");
    public bool IsInitialised => File.Exists(Path.Combine(Cluster, "PG_VERSION"));

    /// <summary>Opens the folder for this process alone; the lock ends with the process, however it ends.</summary>
    /// <exception cref="PostgresUnavailableException">The folder cannot be written, or another marketplace uses it.</exception>
    public static PostgresFolder Open(string directory)
    {
        var root = Path.GetFullPath(directory);
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException(
                $"The data folder {root} cannot be created: {error.Message}",
                "Choose another with Data:Directory.",
                error
            );
        }
        var lockFile = Path.Combine(root, "lock");
        try
        {
            return new PostgresFolder(root, new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException error)
        {
            throw new PostgresUnavailableException(
                $"The data folder {root} cannot be written.",
                "Change its owner, or choose another with Data:Directory.",
                error
            );
        }
        catch (IOException error)
        {
            throw new PostgresUnavailableException(
                $"The data folder {root} is in use by another marketplace.",
                "Stop that one first, or choose another folder with Data:Directory.",
                error
            );
        }
    }

    public int? MajorVersion() =>
        IsInitialised
        && int.TryParse(
            File.ReadAllText(Path.Combine(Cluster, "PG_VERSION")).Trim(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var major
        )
            ? major
            : null;

    /// <summary>The process that runs this folder's PostgreSQL, left over from a marketplace that was killed; null when there is none.</summary>
    public int? RunningProcess() => RunningProcess(Cluster);

    /// <inheritdoc cref="RunningProcess()"/>
    internal static int? RunningProcess(string cluster)
    {
        var pidFile = Path.Combine(cluster, "postmaster.pid");
        try
        {
            if (!File.Exists(pidFile))
                return null;
            var text = File.ReadAllText(pidFile);
            if (!int.TryParse(text.Split('\n')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                return null;
            // After a reboot the number may belong to anything.
            return WorksWith(pid, text) ? pid : null;
        }
        catch (IOException)
        {
            // It ended between two looks.
            return null;
        }
    }

    // PostgreSQL works inside its data folder, so a process is ours when its working folder holds this very file, by whatever path it was
    // started.
    private static bool WorksWith(int pid, string pidFileText)
    {
        var seenByProcess = $"/proc/{pid}/cwd/postmaster.pid";
        try
        {
            return File.Exists(seenByProcess) && File.ReadAllText(seenByProcess) == pidFileText;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended between two looks, or belongs to somebody else.
            return false;
        }
    }

    /// <summary>Processes that still work in this folder's cluster: PostgreSQL's children outlive a killed parent until they notice.</summary>
    public IReadOnlyList<int> Survivors()
    {
        var text = File.Exists(PidFile) ? File.ReadAllText(PidFile) : "";
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && WorksWith(pid, text)
            )
                found.Add(pid);
        }
        return found;
    }

    /// <summary>Passwords per role, made once and kept in a file only we can read, in the form psql understands (PGPASSFILE).</summary>
    public Dictionary<string, string> ReadOrCreatePasswords()
    {
        if (!File.Exists(Credentials))
        {
            var lines = new[] { AdminName, OwnerName, ApplicationName }.Select(role =>
                $"127.0.0.1:*:*:{role}:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes))}"
            );
            WritePrivate(Credentials, string.Join('\n', lines) + "\n");
        }
        return File.ReadAllLines(Credentials)
            .Select(line => line.Split(':'))
            .Where(parts => parts.Length == 5)
            .ToDictionary(parts => parts[3], parts => parts[4], StringComparer.Ordinal);
    }

    /// <summary>Writes a file that nobody else can read, not even for a moment.</summary>
    public static void WritePrivate(string path, string content)
    {
        if (OperatingSystem.IsWindows())
            throw new PostgresUnavailableException(
                "The embedded PostgreSQL runs on Linux only.",
                "Give a database of your own with Data:ConnectionString."
            );
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var writer = new StreamWriter(path, options);
        writer.Write(content);
    }

    public static string NameOf(PostgresRole role) =>
        role switch
        {
            PostgresRole.Admin => AdminName,
            PostgresRole.Owner => OwnerName,
            PostgresRole.Application => ApplicationName,
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Unknown role."),
        };

    public static NpgsqlConnectionStringBuilder Connection(int port, string database, string user, string password) =>
        new()
        {
            Host = "127.0.0.1",
            Port = port,
            Database = database,
            Username = user,
            Password = password,
            // The instance never leaves the loopback interface, so there is nothing to encrypt.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "marketplace",
        };

    public void Dispose() => _lock.Dispose();
}
