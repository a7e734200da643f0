using System.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Marketplace.Billing.Data;

/// <summary>Npgsql on the DbContext's own connection and transaction: whole batches as arrays, in one round trip.</summary>
internal static class Sql
{
    /// <summary>A batch inside the open transaction.</summary>
    /// <exception cref="InvalidOperationException">There is no transaction: what is written here must commit with something.</exception>
    public static NpgsqlBatch WritingBatch(this MarketplaceDbContext db)
    {
        IDbContextTransaction open =
            db.Database.CurrentTransaction
            ?? throw new InvalidOperationException("The books are written inside a transaction. Use InTransactionAsync.");
        var transaction = (NpgsqlTransaction)open.GetDbTransaction();
        return new NpgsqlBatch(transaction.Connection, transaction);
    }

    /// <summary>Runs a query with or without a transaction and reads every row.</summary>
    public static async Task<List<T>> ReadAsync<T>(
        this MarketplaceDbContext db,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params object?[] parameters
    )
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        bool opened = connection.State != ConnectionState.Open;
        if (opened)
            await db.Database.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(
                sql,
                connection,
                (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction()
            );
            // Whoever reads whole tables says so on the context.
            if (db.Database.GetCommandTimeout() is { } seconds)
                command.CommandTimeout = seconds;
            foreach (object? value in parameters)
                command.Parameters.Add(Parameter(value));
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct);
            return await RowsAsync(reader, read, ct);
        }
        finally
        {
            if (opened)
                await db.Database.CloseConnectionAsync();
        }
    }

    public static async Task<List<T>> RowsAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Reads the next result set of a batch.</summary>
    public static async Task<List<T>> NextRowsAsync<T>(
        this NpgsqlDataReader reader,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct
    ) =>
        await reader.NextResultAsync(ct)
            ? await reader.RowsAsync(read, ct)
            : throw new InvalidOperationException("The batch has no further result.");

    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql, params object?[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (object? value in parameters)
            command.Parameters.Add(Parameter(value));
        batch.BatchCommands.Add(command);
        return command;
    }

    /// <summary>Tells null apart from a value of unknown type: a null text is the only null we send.</summary>
    private static NpgsqlParameter Parameter(object? value) =>
        value switch
        {
            null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            NpgsqlParameter parameter => parameter,
            _ => new NpgsqlParameter { Value = value },
        };

    public static DateTimeOffset Instant(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? InstantOrNull(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A typed null for a timestamp parameter.</summary>
    public static NpgsqlParameter Moment(DateTimeOffset? value) =>
        new()
        {
            Value = value is { } moment ? moment.ToUniversalTime() : DBNull.Value,
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz,
        };
}
