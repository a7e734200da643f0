using System.Globalization;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Web.Tests.Tenancy;

/// <summary>
/// One row in every scoped table for a victim, made from the model and not by hand, so that a table added tomorrow is covered tomorrow. The
/// rows carry a mark in their texts; wherever another party sees the mark, something leaks.
/// </summary>
internal sealed class PlantedRows(PortalHost host)
{
    public const string Mark = "victim-mark";

    private readonly List<(string Table, string Where)> rows = [];

    /// <summary>Ids of the planted rows that have a single text key.</summary>
    public List<string> Ids { get; } = [];

    public static IReadOnlyList<IEntityType> ScopedTypes(MarketplaceDbContext db) =>
        [
            .. db.GetService<IDesignTimeModel>()
                .Model.GetEntityTypes()
                .Where(type =>
                    !type.IsOwned()
                    && (typeof(IPartyOwned).IsAssignableFrom(type.ClrType) || typeof(ITradeShared).IsAssignableFrom(type.ClrType))
                ),
        ];

    public async Task PlantAsync(string partyId)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        // The tables' guards protect the books from the application; here they would only ask for a whole market around each row.
        await using var source = NpgsqlDataSource.Create(host.TestDatabase.AdminConnectionString + ";Pooling=false");
        await using var connection = await source.OpenConnectionAsync();
        await using (var replica = new NpgsqlCommand("set session_replication_role = replica", connection))
            await replica.ExecuteNonQueryAsync();
        foreach (var type in ScopedTypes(db))
            await InsertAsync(connection, type, partyId);
    }

    /// <summary>A picture of every planted row: equal pictures mean that nobody touched them.</summary>
    public async Task<string> PictureAsync()
    {
        List<string> picture = [];
        await using var source = NpgsqlDataSource.Create(host.TestDatabase.OwnerConnectionString + ";Pooling=false");
        foreach (var (table, where) in rows)
        {
            await using var command = source.CreateCommand($"select row_to_json(t)::text from {table} t where {where}");
            picture.Add($"{table}: {await command.ExecuteScalarAsync() ?? "gone"}");
        }
        return string.Join('\n', picture);
    }

    private async Task InsertAsync(NpgsqlConnection connection, IEntityType type, string partyId)
    {
        string schema = type.GetSchema() ?? "public";
        string table = type.GetTableName()!;
        var columns = await ColumnsAsync(connection, schema, table);
        var store = StoreObjectIdentifier.Table(table, type.GetSchema());
        Dictionary<string, IProperty> properties = type.GetProperties()
            .Where(p => p.GetColumnName(store) is not null)
            .ToDictionary(p => p.GetColumnName(store)!, StringComparer.Ordinal);
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (var (name, dataType, required) in columns)
        {
            if (name is "party_id" or "customer_id" or "operator_id" or "center_id")
                values[name] = $"'{partyId}'";
            else if (required || dataType == "text")
                values[name] = Value(name, dataType, properties.GetValueOrDefault(name), table);
        }
        string columnList = string.Join(", ", values.Keys.Select(k => $"\"{k}\""));
        // Checks like "one of these states" are kept where the model's own names satisfy them, and lifted for this row where not.
        await InsertPastChecksAsync(
            connection,
            $"{schema}.{table}",
            $"insert into {schema}.{table} ({columnList}) overriding system value values ({string.Join(", ", values.Values)})"
        );
        string[] key = [.. type.FindPrimaryKey()!.Properties.Select(p => p.GetColumnName(store)!)];
        rows.Add(($"{schema}.{table}", string.Join(" and ", key.Select(k => $"t.\"{k}\" = {values[k]}"))));
        // A row whose key is the party itself is looked for by the party's id, in every answer.
        if (key is [var single] && values[single].StartsWith('\'') && values[single] != $"'{partyId}'")
            Ids.Add(values[single].Trim('\''));
    }

    private static async Task InsertPastChecksAsync(NpgsqlConnection connection, string table, string insert)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await using var command = new NpgsqlCommand(insert, connection);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CheckViolation && attempt < 20)
            {
                await using var drop = new NpgsqlCommand($"alter table {table} drop constraint \"{e.ConstraintName}\"", connection);
                await drop.ExecuteNonQueryAsync();
            }
        }
    }

    private static string Value(string name, string dataType, IProperty? property, string table)
    {
        Type? clr = property is null ? null : Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        if (clr is { IsEnum: true } && dataType == "text")
            return $"'{Enum.GetNames(clr)[0]}'";
        return dataType switch
        {
            "text" or "character varying" => name.EndsWith("currency", StringComparison.Ordinal) ? "'CNY'" : $"'{Mark}-{table}-{name}'",
            "boolean" => "false",
            "timestamp with time zone" => "now()",
            "date" => "current_date",
            "jsonb" or "json" => "'{}'",
            "bytea" => $"convert_to('{Mark}-{table}-{name}', 'UTF8')",
            "ARRAY" => "'{}'",
            "interval" => "interval '1 hour'",
            "tstzrange" => "tstzrange(now(), now() + interval '1 hour')",
            _ => string.Create(CultureInfo.InvariantCulture, $"1"),
        };
    }

    private static async Task<List<(string Name, string Type, bool Required)>> ColumnsAsync(
        NpgsqlConnection connection,
        string schema,
        string table
    )
    {
        await using var command = new NpgsqlCommand(
            """
            select column_name, data_type, is_nullable = 'NO' and column_default is null from information_schema.columns
            where table_schema = $1 and table_name = $2 and is_generated = 'NEVER' order by ordinal_position
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = schema },
                new() { Value = table },
            },
        };
        List<(string, string, bool)> columns = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            columns.Add((reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return columns;
    }
}
