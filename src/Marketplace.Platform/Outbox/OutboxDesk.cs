using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Outbox;

/// <summary>How the outbox stands, for the admin console and /metrics.</summary>
public sealed record OutboxStanding(long Waiting, long Dead, DateTimeOffset? OldestWaiting);

/// <summary>One message as the admin console shows it.</summary>
public sealed record OutboxMessageView(
    string Id,
    string Type,
    string? Key,
    DateTimeOffset OccurredAt,
    int Attempts,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? DeadAt,
    string? LastError
);

/// <summary>The network desk's view of the outbox: look, and replay what died.</summary>
public sealed class OutboxDesk(MarketplaceDbContext db, ActorContext actor, TimeProvider time)
{
    public async Task<OutboxStanding> StandingAsync(CancellationToken ct)
    {
        var open = db.Set<OutboxMessage>().Where(m => m.DeliveredAt == null);
        return new OutboxStanding(
            await open.CountAsync(m => m.DeadAt == null, ct),
            await open.CountAsync(m => m.DeadAt != null, ct),
            await open.Where(m => m.DeadAt == null).MinAsync(m => (DateTimeOffset?)m.OccurredAt, ct)
        );
    }

    /// <summary>Newest first: the dead, then the waiting, then the delivered.</summary>
    public async Task<Outcome<IReadOnlyList<OutboxMessageView>>> ListAsync(int take, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        return Outcome<IReadOnlyList<OutboxMessageView>>.Ok(
            await db.Set<OutboxMessage>()
                .OrderBy(m => m.DeadAt == null)
                .ThenBy(m => m.DeliveredAt != null)
                .ThenByDescending(m => m.Id)
                .Take(Math.Clamp(take, 1, 500))
                .Select(m => new OutboxMessageView(m.Id, m.Type, m.Key, m.OccurredAt, m.Attempts, m.DeliveredAt, m.DeadAt, m.LastError))
                .ToListAsync(ct)
        );
    }

    /// <summary>Gives a dead message a new set of attempts.</summary>
    public async Task<Outcome<Done>> ReplayAsync(string messageId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        DateTimeOffset now = time.GetUtcNow();
        return await db.InTransactionAsync(token => ReplayInAsync(messageId, now, token), ct, outcome => outcome.IsOk);
    }

    private async Task<Outcome<Done>> ReplayInAsync(string messageId, DateTimeOffset now, CancellationToken ct)
    {
        int changed = await db.Set<OutboxMessage>()
            .Where(m => m.Id == messageId && m.DeadAt != null)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(m => m.DeadAt, (DateTimeOffset?)null)
                        .SetProperty(m => m.Attempts, 0)
                        .SetProperty(m => m.NextAttemptAt, now),
                ct
            );
        if (changed != 1)
            return Problem.NotFound("dead message", messageId);
        db.Audit("message.replayed", "message", messageId);
        return Done.Value;
    }
}
