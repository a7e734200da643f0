using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Changes;

/// <summary>The scoped half: collects topics and sends them with pg_notify when the DbContext saves.</summary>
internal sealed class ChangeFeed(ChangeHub hub, AnnouncedTopics announced) : IChangeFeed
{
    public void Announce(string topic) => announced.Add(topic);

    public IChangeSubscription Subscribe(params string[] topics) => hub.Subscribe(topics);
}

/// <summary>Topics announced in this scope and not yet sent.</summary>
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

/// <summary>Sends the announced topics inside the saving transaction, so that PostgreSQL delivers them at commit and drops them at rollback.</summary>
internal sealed class AnnounceOnSave(AnnouncedTopics announced) : Microsoft.EntityFrameworkCore.Diagnostics.SaveChangesInterceptor
{
    public override async ValueTask<int> SavedChangesAsync(
        Microsoft.EntityFrameworkCore.Diagnostics.SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        string[] topics = announced.Drain();
        if (topics.Length > 0 && eventData.Context is MarketplaceDbContext db)
            await db.Database.ExecuteSqlAsync($"SELECT pg_notify({ChangeHub.Channel}, t) FROM unnest({topics}) AS t", cancellationToken);
        return result;
    }
}
