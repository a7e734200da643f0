using Marketplace.Platform.Data;

namespace Marketplace.Orders.Features.Purchase;

/// <summary>
/// How a decision that others overtook gets its capacity all the same (ADR 0042). Decisions are made beside each other, on what the market
/// showed, and most of them find their capacity free. One that did not is made again alone: nobody else takes capacity between its look at
/// the market and its commit, so it succeeds, or there is nothing left for it. Asking again beside the others could lose for ever, because
/// buyers who see the same market choose the same cards.
/// </summary>
internal sealed class PlacingTurn : IDisposable
{
    /// <summary>The second attempt is alone and cannot lose to others: a third would decide on the same market.</summary>
    public const int Attempts = 2;

    // Who waits in the database keeps a connection, and who decides alone needs a second one to look at the market: the queue is kept here.
    private const int AtOnce = 8;

    private const string Name = "orders/placing";

    private readonly SemaphoreSlim gate = new(AtOnce, AtOnce);

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction (as <see cref="Transactions.InTransactionAsync"/>) that may take capacity. The turn is its
    /// first lock: keys, money and capacity come after it.
    /// </summary>
    /// <param name="attempt">1 beside others, 2 alone.</param>
    public async Task<T> TakeAsync<T>(
        MarketplaceDbContext db,
        int attempt,
        Func<CancellationToken, Task<T>> work,
        Func<T, bool> commitWhen,
        CancellationToken ct
    )
    {
        await gate.WaitAsync(ct);
        try
        {
            return await db.InTransactionAsync(
                async t =>
                {
                    await (attempt == 1 ? db.ShareTurnAsync(Name, t) : db.TakeTurnAsync(Name, t));
                    return await work(t);
                },
                ct,
                commitWhen
            );
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();
}
