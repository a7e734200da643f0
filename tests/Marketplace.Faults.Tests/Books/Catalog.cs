using Npgsql;

namespace Marketplace.Faults.Tests.Books;

/// <summary>What the database itself says is in the billing schema: a table or function that is made tomorrow is tried tomorrow.</summary>
internal static class Catalog
{
    /// <param name="Column">One that an update may name.</param>
    internal sealed record Table(string Name, string Column, bool IsView);

    /// <param name="Arguments">Their types, in order.</param>
    internal sealed record Function(string Name, IReadOnlyList<string> Arguments, bool SecurityDefiner);

    public static Task<List<Table>> TablesAsync(NpgsqlDataSource source) =>
        ReadAsync(
            source,
            """
            select c.relname, (select a.attname from pg_attribute a
                               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
                               order by a.attnum limit 1), c.relkind = 'v'
            from pg_class c where c.relnamespace = 'billing'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1
            """,
            r => new Table(r.GetString(0), r.GetString(1), r.GetBoolean(2))
        );

    /// <summary>The functions that the application may call.</summary>
    public static Task<List<Function>> FunctionsAsync(NpgsqlDataSource source) =>
        ReadAsync(
            source,
            """
            select p.proname, array(select format_type(t, null) from unnest(p.proargtypes) with ordinality x (t, n) order by n), p.prosecdef
            from pg_proc p
            where p.pronamespace = 'billing'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
              and has_function_privilege('marketplace_app', p.oid, 'execute')
            order by p.proname, p.oid
            """,
            r => new Function(r.GetString(0), r.GetFieldValue<string[]>(1), r.GetBoolean(2))
        );

    /// <summary>Runs one statement in a transaction of its own.</summary>
    /// <returns>The SQLSTATE of the refusal; null when it went through.</returns>
    public static async Task<string?> StateAsync(NpgsqlDataSource source, string sql, bool commit)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
            if (commit)
                await transaction.CommitAsync();
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> row)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync())
            rows.Add(row(reader));
        return rows;
    }
}
