using System.Data.Common;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Marketplace.Platform.Changes;

/// <summary>The scoped half: collects topics until the work that announced them is committed.</summary>
internal sealed class ChangeFeed(ChangeHub hub, MarketplaceDbContext db) : IChangeFeed
{
    public void Announce(string topic) => db.Announced.Add(topic);

    public void AnnounceCommitted(IReadOnlyCollection<string> topics) => hub.Publish(topics);

    public IChangeSubscription Subscribe(params string[] topics) => hub.Subscribe(topics);
}

/// <summary>Topics announced in this scope and not yet committed.</summary>
internal sealed class AnnouncedTopics
{
    private readonly HashSet<string> topics = new(StringComparer.Ordinal);

    public void Add(string topic) => topics.Add(topic);

    public string[] Drain()
    {
        if (topics.Count == 0)
            return [];
        string[] all = [.. topics];
        topics.Clear();
        return all;
    }
}

/// <summary>
/// Hands the announced topics to the hub once they are committed, and drops them at a rollback. They do not travel in the transaction: a
/// transaction that notifies holds a lock of the whole server while it commits, so that no two of them can share a write to disk.
/// </summary>
internal sealed class AnnounceOnSave(ChangeHub hub) : SaveChangesInterceptor
{
    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        // Without a transaction of its own, saving was the commit.
        if (eventData.Context is MarketplaceDbContext { HasTransaction: false } db)
            hub.Publish(db.Announced.Drain());
        return ValueTask.FromResult(result);
    }
}

/// <inheritdoc cref="AnnounceOnSave"/>
internal sealed class AnnounceOnCommit(ChangeHub hub) : DbTransactionInterceptor
{
    public override Task TransactionCommittedAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        if (eventData.Context is MarketplaceDbContext db)
            hub.Publish(db.Announced.Drain());
        return Task.CompletedTask;
    }

    public override Task TransactionRolledBackAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        (eventData.Context as MarketplaceDbContext)?.Announced.Drain();
        return Task.CompletedTask;
    }
}
