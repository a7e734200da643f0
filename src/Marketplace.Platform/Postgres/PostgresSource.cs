using Npgsql;

namespace Marketplace.Platform.Postgres;

/// <summary>The pool of connections that the rooms share.</summary>
public static class PostgresSource
{
    /// <summary>
    /// Opens a pool. A connection that goes back to it keeps its session: a reset (<c>DISCARD ALL</c>) throws away what the functions of the
    /// ledger have planned, and planning them anew costs twice what running them does. It is safe because no room changes its session:
    /// settings are <c>SET LOCAL</c>, locks end with their transaction, and an open transaction is rolled back in any case. A connection
    /// string that says otherwise wins.
    /// </summary>
    public static NpgsqlDataSource Open(string connectionString)
    {
        const string Key = "No Reset On Close";
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ShouldSerialize(Key))
            settings.NoResetOnClose = true;
        return NpgsqlDataSource.Create(settings);
    }
}
