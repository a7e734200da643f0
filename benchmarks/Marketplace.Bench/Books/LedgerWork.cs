using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;

namespace Marketplace.Bench.Books;

/// <summary>What the ledger's benchmark does in one scope: the product's rules and writer, without the rooms above them.</summary>
internal sealed class LedgerWork(MarketplaceDbContext db, LedgerWriter writer, IdFactory ids, TimeProvider time)
{
    /// <summary>Charges each of the parties once, as a call of its own: committed when it returns.</summary>
    public async Task<bool> PostAsync(IReadOnlyList<ChargeParties> parties, Share share, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        JournalDraft[] drafts = [.. parties.Select(p => Postings.Charge(p, share, uncovered: 0, ids.New(IdPrefix.Journal), now))];
        var posted = await writer.PostAsync(drafts, ct);
        return posted.All(p => p.Status == PostedStatus.Posted)
            ? true
            : throw new BenchmarkException("A charge with a new key was there already.");
    }

    /// <summary>The same inside a transaction of the caller, as what has rows of its own to write posts.</summary>
    public Task<bool> PostInTransactionAsync(IReadOnlyList<ChargeParties> parties, Share share, CancellationToken ct) =>
        db.InTransactionAsync(t => PostAsync(parties, share, t), ct);

    /// <summary>Charges that no hold covers, in one transaction.</summary>
    /// <returns>The journals' ids, in order.</returns>
    public Task<IReadOnlyList<string>> ChargeAsync(
        IReadOnlyList<(ChargeParties Parties, Share Share)> charges,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        JournalDraft[] drafts =
        [
            .. charges.Select(c => Postings.Charge(c.Parties, c.Share, c.Share.Net + c.Share.Tax, ids.New(IdPrefix.Journal), at)),
        ];
        return db.InTransactionAsync<IReadOnlyList<string>>(
            async t => [.. (await writer.PostAsync(drafts, t)).Select(p => p.JournalId)],
            ct
        );
    }

    public Task<bool> TopUpAsync(string customerId, Money amount, CancellationToken ct) =>
        db.InTransactionAsync(
            async t =>
            {
                await writer.PostOneAsync(
                    Postings.TopUp(
                        ids.New(IdPrefix.Payment),
                        customerId,
                        Chart.Psp(amount.Currency),
                        amount,
                        Money.Zero(amount.Currency),
                        time.GetUtcNow()
                    ),
                    t
                );
                return true;
            },
            ct
        );
}
