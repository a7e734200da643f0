using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>
/// Compares an EF model with a real database: every mapped table and column must exist, with the same type and nullability, and no
/// column may be required that EF does not know how to fill. The migrations are written by hand, and this is what keeps them true.
/// </summary>
public static class SchemaDrift
{
    private const string ColumnsSql = """
        select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.atthasdef or a.attidentity <> '' or a.attgenerated <> ''
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm')
        join pg_namespace n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and n.nspname not in ('pg_catalog', 'information_schema')
        """;

    /// <returns>One line per difference; empty when they agree.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(DbContext db, NpgsqlDataSource source)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(source);
        var actual = await ColumnsAsync(source);
        var differences = new List<string>();
        foreach (var table in db.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables)
        {
            var name = $"{table.Schema ?? "public"}.{table.Name}";
            if (!actual.TryGetValue(name, out var columns))
            {
                differences.Add($"{name}: the table is missing");
                continue;
            }
            differences.AddRange(table.Columns.SelectMany(column => Compare(name, column, columns)));
            var mapped = table.Columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
            differences.AddRange(
                columns
                    .Where(column => !mapped.Contains(column.Key) && column.Value is { IsRequired: true, HasDefault: false })
                    .Select(column => $"{name}.{column.Key}: required by the database, unknown to the model")
            );
        }
        return differences;
    }

    private static IEnumerable<string> Compare(string table, IColumn column, Dictionary<string, ActualColumn> columns)
    {
        // PostgreSQL keeps the transaction of a row's last change in every table; it serves as the row version.
        if (column is { Name: "xmin", StoreType: "xid" })
            yield break;
        if (!columns.TryGetValue(column.Name, out var actual))
        {
            yield return $"{table}.{column.Name}: the column is missing";
            yield break;
        }
        if (!Same(column.StoreType, actual.Type))
            yield return $"{table}.{column.Name}: the model says {column.StoreType}, the database {actual.Type}";
        if (column.IsNullable == actual.IsRequired)
            yield return $"{table}.{column.Name}: {(column.IsNullable ? "nullable in the model, required by the database" : "required in the model, nullable in the database")}";
    }

    // The provider's short names for what PostgreSQL spells out.
    private static bool Same(string model, string database) => Canonical(model) == Canonical(database);

    private static string Canonical(string type)
    {
        var text = type.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return text switch
        {
            "timestamptz" => "timestampwithtimezone",
            "timestamp" => "timestampwithouttimezone",
            "int" or "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "bool" => "boolean",
            "float8" => "doubleprecision",
            "float4" => "real",
            _ => text.Replace("varchar", "charactervarying", StringComparison.Ordinal)
                .Replace("decimal", "numeric", StringComparison.Ordinal),
        };
    }

    private static async Task<Dictionary<string, Dictionary<string, ActualColumn>>> ColumnsAsync(NpgsqlDataSource source)
    {
        var tables = new Dictionary<string, Dictionary<string, ActualColumn>>(StringComparer.Ordinal);
        await using var command = source.CreateCommand(ColumnsSql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var table = $"{reader.GetString(0)}.{reader.GetString(1)}";
            if (!tables.TryGetValue(table, out var columns))
                tables.Add(table, columns = new Dictionary<string, ActualColumn>(StringComparer.Ordinal));
            columns.Add(reader.GetString(2), new ActualColumn(reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5)));
        }
        return tables;
    }

    private sealed record ActualColumn(string Type, bool IsRequired, bool HasDefault);
}
