using Marketplace.Billing.Ledger;
using Marketplace.Billing.Tests;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>
/// A superuser who changes any one column of any sealed journal or leg is found. SealTamperingTests has the ways that need thought; this
/// walks the catalog, so that a column which is added and forgotten in the hash is noticed.
/// </summary>
public sealed class SealColumnTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Every_column_of_what_is_sealed_is_under_the_seal()
    {
        await using BillingHouse house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        Ok(await house.HoldAsync(customer, 5, "order:" + customer));
        JournalDraft first = new("test", "test", house.NewId("key"), house.Now, "group", "why", [Leg(1), Leg(2)]);
        Posted posted = (await house.PostAsync(first))[0];
        await house.PostAsync(first with { Key = house.NewId("key"), ReversesId = posted.JournalId });
        await house.SealAllAsync();
        Assert.True((await house.VerifySealsAsync()).Intact);

        await using var admin = NpgsqlDataSource.Create(db.Database.AdminConnectionString + ";Pooling=false");
        List<string> unseen = [];
        int tried = 0;
        foreach (var (table, column, type) in await ColumnsAsync(admin))
        {
            string changed = Changed(column, type);
            string sql = $"""
                update billing.{table} set {column} = {changed}
                where ctid = (select ctid from billing.{table} order by ctid limit 1)
                """;
            string undo = await SwapAsync(admin, table, sql);
            tried++;
            if ((await house.VerifySealsAsync()).Intact)
                unseen.Add($"{table}.{column}");
            await ExecuteAsync(admin, undo);
            Assert.True((await house.VerifySealsAsync()).Intact, $"{table}.{column} was put back");
        }
        Assert.Empty(unseen);
        Assert.True(tried >= 20, $"only {tried} columns");
    }

    private static LegDraft Leg(long micros) => new(Chart.PspFee(Cny), Chart.Psp(Cny), micros);

    // Another value of the same type, for any row.
    private static string Changed(string column, string type) =>
        type switch
        {
            "text" => $"coalesce({column}, '') || 'x'",
            "bytea" => $"{column} || '\\x00'::bytea",
            "timestamp with time zone" => $"{column} + interval '1 microsecond'",
            "bigint" or "integer" or "smallint" => $"coalesce({column}, 0) + 1000",
            "boolean" => $"not {column}",
            _ => throw new InvalidOperationException($"{column} is {type}: say how to change one."),
        };

    /// <summary>Changes one row, behind every guard.</summary>
    /// <returns>The statement that puts it back.</returns>
    private static async Task<string> SwapAsync(NpgsqlDataSource admin, string table, string sql)
    {
        await ExecuteAsync(admin, $"create table if not exists public.kept_{table} as select * from billing.{table}");
        await ExecuteAsync(admin, sql);
        string key = table == "journal" ? "id" : "journal_id, line";
        return $"delete from billing.{table}; insert into billing.{table} select * from public.kept_{table} order by {key}";
    }

    private static async Task ExecuteAsync(NpgsqlDataSource admin, string sql)
    {
        await using var command = admin.CreateCommand($"set session_replication_role = replica; {sql}");
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<(string Table, string Column, string Type)>> ColumnsAsync(NpgsqlDataSource admin)
    {
        await using var command = admin.CreateCommand(
            """
            select table_name, column_name, data_type from information_schema.columns
            where table_schema = 'billing' and table_name in ('journal', 'leg') order by table_name, ordinal_position
            """
        );
        await using var reader = await command.ExecuteReaderAsync();
        List<(string, string, string)> columns = [];
        while (await reader.ReadAsync())
            columns.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return columns;
    }
}
