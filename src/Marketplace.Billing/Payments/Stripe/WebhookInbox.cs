using System.Text;
using System.Text.Json;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>How a delivery was taken.</summary>
internal enum Received
{
    /// <summary>Kept now, or kept before.</summary>
    Kept,

    /// <summary>The signature is not Stripe's, or too old.</summary>
    Forged,

    /// <summary>Signed, and not an event.</summary>
    Malformed,
}

/// <summary>An event to work off.</summary>
internal sealed record InboxEvent(string Id, string Type, string ObjectId, string? Account, int Attempts);

/// <summary>Keeps events as they come, once each, and hands them out again until they are done or given up.</summary>
internal sealed class WebhookInbox(MarketplaceDbContext db, IOptions<BillingOptions> options, TimeProvider time)
{
    private const int MaxAttempts = 12;

    /// <summary>How long whoever took an event has before another may take it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);

    /// <param name="body">The raw body: what was signed.</param>
    public async Task<Received> ReceiveAsync(string? signature, byte[] body, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!StripeSignature.Check(signature, body, options.Value.Stripe.WebhookSecret ?? "", now))
            return Received.Forged;
        StripeEvent? read;
        try
        {
            read = JsonSerializer.Deserialize<StripeEvent>(body, StripeTransport.Json);
        }
        catch (JsonException)
        {
            return Received.Malformed;
        }
        if (read is not { Id: { Length: > 0 } id, Type: { } type, Data.Subject.Id: var subject })
            return Received.Malformed;
        string payload = Encoding.UTF8.GetString(body);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.inbox (id, type, object_id, account, payload, received_at, next_attempt_at)
            values ({id}, {type}, {subject ?? ""}, {read.Account}, {payload}, {now}, {now})
            on conflict (id) do nothing
            """,
            ct
        );
        return Received.Kept;
    }

    /// <summary>Takes events that are due, the oldest first; nobody else gets them for a while.</summary>
    public Task<List<InboxEvent>> TakeAsync(int most, CancellationToken ct) =>
        db.ReadAsync(
            """
            with due as (
                select id from billing.inbox
                where handled_at is null and parked_at is null and next_attempt_at <= $1
                order by next_attempt_at, id limit $2 for update skip locked
            )
            update billing.inbox i set attempts = i.attempts + 1, next_attempt_at = $3
            from due where i.id = due.id
            returning i.id, i.type, i.object_id, i.account, i.attempts
            """,
            r => new InboxEvent(r.GetString(0), r.GetString(1), r.GetString(2), r.TextOrNull(3), r.GetInt32(4)),
            ct,
            time.GetUtcNow(),
            most,
            time.GetUtcNow() + Lease
        );

    public Task HandledAsync(InboxEvent done, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"update billing.inbox set handled_at = {time.GetUtcNow()}, last_error = null where id = {done.Id} and handled_at is null",
            ct
        );

    /// <summary>Tries it again later, each time later; after the last try it is parked for the desk.</summary>
    public Task FailedAsync(InboxEvent failed, string why, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset next = now + Pause(failed.Attempts);
        DateTimeOffset? parked = failed.Attempts >= MaxAttempts ? now : null;
        return db.Database.ExecuteSqlAsync(
            $"update billing.inbox set next_attempt_at = {next}, last_error = {why}, parked_at = {parked} where id = {failed.Id} and handled_at is null",
            ct
        );
    }

    /// <returns>Whether there was such a parked event.</returns>
    public async Task<bool> RetryAsync(string eventId, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"update billing.inbox set parked_at = null, attempts = 0, next_attempt_at = {time.GetUtcNow()} where id = {eventId} and parked_at is not null",
            ct
        ) == 1;

    /// <summary>30 s, doubled each time, at most six hours.</summary>
    internal static TimeSpan Pause(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 30 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 20))));
}
