using Marketplace.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Sends what waits through the configured server, in any number of replicas. Runs only when a server is configured.</summary>
internal sealed partial class MailDelivery(
    IServiceScopeFactory scopes,
    IDataProtectionProvider protection,
    IOptions<IdentityOptions> options,
    TimeProvider time,
    ILogger<MailDelivery> log
) : BackgroundService
{
    public const int MaxAttempts = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Smtp.IsConfigured)
            return;
        using var ticks = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                while (await DeliverOneAsync(stoppingToken)) { }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The database may be restarting: the mail stays where it is.
                LoopFailed(e);
            }
        } while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Sends the oldest mail that is due.</summary>
    /// <returns>false when nothing is due.</returns>
    public async Task<bool> DeliverOneAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        DateTimeOffset now = time.GetUtcNow();
        // The claim is a lease in a statement of its own, so that no transaction is open while the mail server is spoken to.
        DateTimeOffset lease = now + TimeSpan.FromMinutes(2);
        OutgoingMail? mail = (
            await db.Set<OutgoingMail>()
                .FromSql(
                    $"""
                    update identity.outgoing_mail set next_attempt_at = {lease}, attempts = attempts + 1 where id =
                      (select id from identity.outgoing_mail where sent_at is null and given_up_at is null and next_attempt_at <= {now}
                       order by next_attempt_at limit 1 for update skip locked)
                    returning *
                    """
                )
                .AsTracking()
                .ToListAsync(ct)
        ).SingleOrDefault();
        if (mail is null)
            return false;
        try
        {
            string body = protection.CreateProtector(Mailbox.Purpose).Unprotect(mail.ProtectedBody);
            await SmtpTransport.SendAsync(options.Value.Smtp, mail.Recipient, mail.Subject, body, ct);
            mail.SentAt = time.GetUtcNow();
            mail.ProtectedBody = "";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SendFailed(e, mail.Id, mail.Attempts);
            mail.LastError = e.Message.Length > 1000 ? e.Message[..1000] : e.Message;
            if (mail.Attempts >= MaxAttempts)
                mail.GivenUpAt = time.GetUtcNow();
            else
                mail.NextAttemptAt = now + TimeSpan.FromSeconds(10 * Math.Pow(2, mail.Attempts));
        }
        await db.SaveChangesAsync(ct);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail loop failed; it goes on")]
    private partial void LoopFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {MailId} could not be sent, attempt {Attempt}")]
    private partial void SendFailed(Exception e, string mailId, int attempt);
}
