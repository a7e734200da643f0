using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Data;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity;

/// <summary>Forgets, once an hour, what has expired and what nobody will ask for again. Replicas may do it at once.</summary>
internal sealed partial class IdentityRetention(
    IServiceScopeFactory scopes,
    IdempotencyStore keys,
    TimeProvider time,
    ILogger<IdentityRetention> log
) : BackgroundService
{
    /// <summary>How long an expired link, an ended session and a sent mail stay for questions.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The database may be restarting: the next hour does it.
                SweepFailed(e);
            }
        } while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One round.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        DateTimeOffset before = time.GetUtcNow() - Keep;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        await db.Set<OneTimeToken>().Where(t => t.ExpiresAt < before).ExecuteDeleteAsync(ct);
        await db.Set<Session>().Where(s => s.ExpiresAt < before || s.EndedAt < before).ExecuteDeleteAsync(ct);
        await db.Set<OutgoingMail>().Where(m => m.SentAt < before).ExecuteDeleteAsync(ct);
        while (await keys.SweepAsync(ct) > 0) { }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Forgetting what has expired failed; the next hour tries again")]
    private partial void SweepFailed(Exception e);
}
