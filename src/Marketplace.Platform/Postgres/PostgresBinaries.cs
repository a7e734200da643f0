using System.Globalization;

namespace Marketplace.Platform.Postgres;

/// <summary>Finds PostgreSQL's programs on this machine.</summary>
internal sealed record PostgresBinaries(string Folder)
{
    /// <summary>Environment variable that overrides the search.</summary>
    public const string OverrideVariable = "MARKETPLACE_POSTGRES_BIN";

    private const string DebianRoot = "/usr/lib/postgresql";
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    public string InitDb => Path.Combine(Folder, "initdb");
    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    public static bool AreIn(string folder) => Needed.All(program => File.Exists(Path.Combine(folder, program)));

    /// <param name="configured">The folder from <c>Data:PostgresBinaries</c>, when set.</param>
    /// <param name="majorVersion">The major version an existing data folder was made with; null for a new one.</param>
    /// <exception cref="PostgresUnavailableException">Nothing usable is installed.</exception>
    public static PostgresBinaries Find(string? configured, int? majorVersion) =>
        Find(
            configured,
            Environment.GetEnvironmentVariable(OverrideVariable),
            DebianRoot,
            Environment.GetEnvironmentVariable("PATH"),
            majorVersion
        );

    internal static PostgresBinaries Find(string? configured, string? overridden, string debianRoot, string? path, int? majorVersion)
    {
        if (!string.IsNullOrWhiteSpace(overridden) && !AreIn(overridden))
            throw new PostgresUnavailableException(
                $"{OverrideVariable} is {overridden}, which does not hold {string.Join(", ", Needed)}.",
                "Unset it, or point it at PostgreSQL's bin folder."
            );
        var chosen = new[] { overridden, configured }.FirstOrDefault(folder => !string.IsNullOrWhiteSpace(folder) && AreIn(folder));
        if (chosen is not null)
            return new PostgresBinaries(chosen);

        var debian = Debian(debianRoot);
        if (majorVersion is { } wanted)
        {
            // A data folder only opens with the version that made it, so a newer one beside it is no help.
            if (debian.FirstOrDefault(found => found.Major == wanted).Folder is { } same)
                return new PostgresBinaries(same);
            if (debian.Count > 0)
                throw new PostgresUnavailableException(
                    $"The data folder was made by PostgreSQL {wanted}; installed: {string.Join(", ", debian.Select(found => found.Major))}.",
                    $"Run: apt-get install postgresql-{wanted}. Or move the data with pg_dump and pg_restore."
                );
        }
        var folder = debian.Select(found => found.Folder).FirstOrDefault() ?? OnPath(path);
        return folder is not null
            ? new PostgresBinaries(folder)
            : throw new PostgresUnavailableException(
                "PostgreSQL's programs were not found on this machine.",
                $"Run: apt-get install postgresql. Or set {OverrideVariable}, or give a database of your own with Data:ConnectionString."
            );
    }

    private static List<(int Major, string Folder)> Debian(string root) =>
        !Directory.Exists(root)
            ? []
            : Directory
                .EnumerateDirectories(root)
                .Select(folder =>
                    (
                        Major: int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
                            ? major
                            : 0,
                        Folder: Path.Combine(folder, "bin")
                    )
                )
                .Where(found => found.Major > 0 && AreIn(found.Folder))
                .OrderByDescending(found => found.Major)
                .ToList();

    private static string? OnPath(string? path) =>
        (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(AreIn);
}
