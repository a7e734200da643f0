using Microsoft.Extensions.Options;

namespace Marketplace.Platform.Postgres;

/// <summary>Where the marketplace keeps its data. Bound from the configuration section <c>Data</c>.</summary>
public sealed class PostgresOptions
{
    public const string Section = "Data";

    /// <summary>Folder of the embedded PostgreSQL and its credentials. Not used when <see cref="ConnectionString"/> is set.</summary>
    public string Directory { get; set; } = ".data";

    /// <summary>The application's connection to a PostgreSQL of your own. Empty: the embedded one is started.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The owner's connection, for migrations. Empty: <see cref="ConnectionString"/> is used for both, and the database cannot
    /// refuse the application what only the owner may do.</summary>
    public string? MigrationConnectionString { get; set; }

    /// <summary>TCP port of the embedded PostgreSQL on 127.0.0.1; 0 picks a free one.</summary>
    public int PostgresPort { get; set; }

    /// <summary>Folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>. Empty: the newest installed one.</summary>
    public string? PostgresBinaries { get; set; }

    /// <summary>The account PostgreSQL runs under when the marketplace itself runs as root.</summary>
    public string PostgresAccount { get; set; } = "postgres";

    /// <summary>Upper bound of connections to the embedded PostgreSQL.</summary>
    public int MaxConnections { get; set; } = 200;

    /// <summary>False only in tests: a crash of the machine may then lose or corrupt data.</summary>
    public bool Fsync { get; set; } = true;

    /// <summary>True when the marketplace starts and stops its own PostgreSQL.</summary>
    public bool IsEmbedded => string.IsNullOrWhiteSpace(ConnectionString);
}

/// <summary>Stops start-up on a bad data option and names its key.</summary>
public sealed class PostgresOptionsValidator : IValidateOptions<PostgresOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = Errors(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Errors(PostgresOptions options)
    {
        if (options.IsEmbedded && string.IsNullOrWhiteSpace(options.Directory))
            yield return "Data:Directory is empty. Set it to a folder for the embedded PostgreSQL, or set Data:ConnectionString.";
        if (options.IsEmbedded && !string.IsNullOrWhiteSpace(options.MigrationConnectionString))
            yield return "Data:MigrationConnectionString is set without Data:ConnectionString. Set both, or neither.";
        if (!options.IsEmbedded && ConnectionStringError(options.ConnectionString!) is { } first)
            yield return $"Data:ConnectionString is not a PostgreSQL connection string: {first}";
        if (
            !string.IsNullOrWhiteSpace(options.MigrationConnectionString)
            && ConnectionStringError(options.MigrationConnectionString) is { } second
        )
            yield return $"Data:MigrationConnectionString is not a PostgreSQL connection string: {second}";
        if (options.PostgresPort is < 0 or > 65_535)
            yield return $"Data:PostgresPort is {options.PostgresPort}. Use 1 to 65535, or 0 for a free port.";
        if (options.MaxConnections is < 10 or > 10_000)
            yield return $"Data:MaxConnections is {options.MaxConnections}. Use 10 to 10000.";
        if (string.IsNullOrWhiteSpace(options.PostgresAccount))
            yield return "Data:PostgresAccount is empty. Name the account PostgreSQL runs under, usually postgres.";
        if (!string.IsNullOrWhiteSpace(options.PostgresBinaries) && !PostgresBinaries.AreIn(options.PostgresBinaries))
            yield return $"Data:PostgresBinaries is {options.PostgresBinaries}, which does not hold initdb, pg_ctl and postgres.";
    }

    private static string? ConnectionStringError(string value)
    {
        try
        {
            var parsed = new Npgsql.NpgsqlConnectionStringBuilder(value);
            return string.IsNullOrEmpty(parsed.Host) ? "Host is missing." : null;
        }
        catch (ArgumentException error)
        {
            // The message of the parser can repeat a password, so only the parameter it stumbled on is shown.
            return $"the part {error.ParamName ?? "(unknown)"} is not understood. Use Host=…;Port=…;Database=…;Username=…;Password=…";
        }
    }
}
