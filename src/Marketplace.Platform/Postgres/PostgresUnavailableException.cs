namespace Marketplace.Platform.Postgres;

/// <summary>The embedded PostgreSQL cannot run. The message says what is wrong and what to do about it.</summary>
public sealed class PostgresUnavailableException : Exception
{
    public PostgresUnavailableException(string problem, string fix, Exception? cause = null)
        : base($"{problem} {fix}", cause)
    {
        Problem = problem;
        Fix = fix;
    }

    /// <summary>What was found.</summary>
    public string Problem { get; }

    /// <summary>What the person who starts the marketplace can do.</summary>
    public string Fix { get; }
}
