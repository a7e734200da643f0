using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Marketplace.Platform.Data;

/// <summary>Notes on the context that it has begun a transaction, or taken one over; see <see cref="MarketplaceDbContext.HasTransaction"/>.</summary>
internal sealed class TransactionsBegun : DbTransactionInterceptor
{
    public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result) =>
        Note(eventData, result);

    public override ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection,
        TransactionEndEventData eventData,
        DbTransaction result,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(Note(eventData, result));

    public override DbTransaction TransactionUsed(DbConnection connection, TransactionEventData eventData, DbTransaction result) =>
        Note(eventData, result);

    public override ValueTask<DbTransaction> TransactionUsedAsync(
        DbConnection connection,
        TransactionEventData eventData,
        DbTransaction result,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(Note(eventData, result));

    private static DbTransaction Note(DbContextEventData about, DbTransaction transaction)
    {
        if (about.Context is MarketplaceDbContext db)
            db.BeganTransaction = true;
        return transaction;
    }
}
