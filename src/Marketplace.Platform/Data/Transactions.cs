using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace Marketplace.Platform.Data;

/// <summary>One place for the transaction rule: what belongs together commits together, conflicts are retried a bounded number of times.</summary>
public static class Transactions
{
    public const int MaxAttempts = 6;

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and commits when it returns. Joins a transaction that is already open, so that a
    /// module's call inside another module's work commits with it. Serialisation failures and deadlocks start over with a cleared
    /// change tracker; <paramref name="work"/> must therefore read everything it changes. No network call may happen inside.
    /// </summary>
    /// <param name="commitWhen">Decides from the result whether to commit; a result that says "no" rolls back. Default: always commit.</param>
    public static async Task<T> InTransactionAsync<T>(
        this MarketplaceDbContext db,
        Func<CancellationToken, Task<T>> work,
        CancellationToken ct,
        Func<T, bool>? commitWhen = null
    )
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(work);
        if (db.HasTransaction)
            return await work(ct);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                T result = await work(ct);
                if (commitWhen is null || commitWhen(result))
                {
                    await db.SaveChangesAsync(ct);
                    await transaction.CommitAsync(ct);
                }
                else
                {
                    await transaction.RollbackAsync(ct);
                    db.Forget();
                }
                return result;
            }
            catch (Exception e) when (attempt < MaxAttempts && IsTransient(e))
            {
                db.Forget();
            }
            catch
            {
                // Rolled back: whoever goes on with this scope must not leave the trace of what was not done.
                db.AuditNotes.Clear();
                throw;
            }
        }
    }

    /// <summary>
    /// Lifts the server's limit on idle transactions for the one that is open: its owner waits for other transactions of its own, as long as
    /// they need, and ends with them.
    /// </summary>
    public static Task MayIdleAsync(this DatabaseFacade database, CancellationToken ct) =>
        database.ExecuteSqlRawAsync("SET LOCAL idle_in_transaction_session_timeout = 0", ct);

    /// <summary>Drops what a rolled-back attempt left in memory: tracked rows and audit notes.</summary>
    private static void Forget(this MarketplaceDbContext db)
    {
        db.ChangeTracker.Clear();
        db.AuditNotes.Clear();
    }

    /// <summary>True for conflicts that a fresh attempt can win: 40001, 40P01, and lost optimistic concurrency.</summary>
    public static bool IsTransient(Exception exception) =>
        exception switch
        {
            DbUpdateConcurrencyException => true,
            PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => true,
            { InnerException: { } inner } => IsTransient(inner),
            _ => false,
        };
}
