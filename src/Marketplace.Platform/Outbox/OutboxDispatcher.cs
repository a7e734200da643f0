using System.Diagnostics;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Platform.Outbox;

/// <summary>
/// Delivers outbox messages at least once, in any number of replicas: each delivery locks its row with SKIP LOCKED, runs every
/// handler in its own transaction with an inbox row, and marks the message. Failures back off; after <see cref="MaxAttempts"/> the
/// message is dead and waits for a person.
/// </summary>
internal sealed partial class OutboxDispatcher(
    IServiceScopeFactory scopes,
    IEnumerable<HandlerRegistration> registrations,
    IChangeFeed changes,
    TimeProvider time,
    ILogger<OutboxDispatcher> log
) : BackgroundService
{
    public const string Topic = "outbox";
    public const int MaxAttempts = 12;
    private const int Workers = 4;
    private static readonly ActivitySource Activities = new("Marketplace.Outbox");
    private readonly ILookup<string, HandlerRegistration> handlers = registrations.ToLookup(r => r.MessageName);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => WorkAsync(stoppingToken), stoppingToken)));

    private async Task WorkAsync(CancellationToken ct)
    {
        using var wake = changes.Subscribe(Topic);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                while (await DeliverOneAsync(ct)) { }
                await wake.WaitAsync(TimeSpan.FromSeconds(1), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
            catch (Exception e)
            {
                // The database may be restarting: say so, wait, go on. The message stays where it is.
                LoopFailed(e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Delivers the oldest due message nobody else holds.</summary>
    /// <returns>false when nothing is due.</returns>
    public async Task<bool> DeliverOneAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        await using var claim = await db.Database.BeginTransactionAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        OutboxMessage? message = await db.Set<OutboxMessage>()
            .FromSql(
                $"""
                SELECT m.* FROM platform.outbox_message m
                WHERE m.delivered_at IS NULL AND m.dead_at IS NULL AND m.next_attempt_at <= {now}
                  AND (m.key IS NULL OR NOT EXISTS (
                    SELECT 1 FROM platform.outbox_message o
                    WHERE o.key = m.key AND o.delivered_at IS NULL AND o.dead_at IS NULL AND o.id < m.id))
                ORDER BY m.id LIMIT 1 FOR UPDATE OF m SKIP LOCKED
                """
            )
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        if (message is null)
            return false;
        await db.Database.MayIdleAsync(ct);
        string? error = null;
        foreach (HandlerRegistration handler in handlers[message.Type])
            error ??= await HandleAsync(handler, message, ct);
        if (error is null)
            message.DeliveredAt = now;
        else
            Postpone(message, error, now);
        await db.SaveChangesAsync(ct);
        await claim.CommitAsync(ct);
        return true;
    }

    private async Task<string?> HandleAsync(HandlerRegistration handler, OutboxMessage message, CancellationToken ct)
    {
        using var activity = Activities.StartActivity($"{handler.HandlerName} {message.Type}", ActivityKind.Consumer);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                await using var scope = scopes.CreateAsyncScope();
                scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
                var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
                try
                {
                    await using var transaction = await db.Database.BeginTransactionAsync(ct);
                    int first = await db.Database.ExecuteSqlAsync(
                        $"INSERT INTO platform.inbox_entry(message_id, handler, handled_at) VALUES ({message.Id}, {handler.HandlerName}, {time.GetUtcNow()}) ON CONFLICT DO NOTHING",
                        ct
                    );
                    if (first == 1)
                    {
                        await handler.Invoke(scope.ServiceProvider, handler.Read(message.Payload), ct);
                        await db.SaveChangesAsync(ct);
                    }
                    await transaction.CommitAsync(ct);
                    return null;
                }
                catch (Exception e) when (attempt < Transactions.MaxAttempts && Transactions.IsTransient(e))
                {
                    // Another transaction won the race: start over in a fresh scope.
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            HandlerFailed(e, handler.HandlerName, message.Type, message.Id, message.Attempts + 1);
            return $"{handler.HandlerName}: {e.Message}";
        }
    }

    private static void Postpone(OutboxMessage message, string error, DateTimeOffset now)
    {
        message.Attempts++;
        message.LastError = error.Length > 2000 ? error[..2000] : error;
        if (message.Attempts >= MaxAttempts)
            message.DeadAt = now;
        else
            message.NextAttemptAt = now + TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, message.Attempts - 1)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox loop failed; it goes on in a second")]
    private partial void LoopFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Handler} failed on {Type} {MessageId}, attempt {Attempt}")]
    private partial void HandlerFailed(Exception e, string handler, string type, string messageId, int attempt);
}
