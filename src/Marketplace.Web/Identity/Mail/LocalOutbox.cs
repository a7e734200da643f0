using Marketplace.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Mail;

/// <summary>A mail as the outbox page shows it.</summary>
internal sealed record MailView(string Id, string Recipient, string Subject, string Body, DateTimeOffset CreatedAt);

/// <summary>Mail that no server takes, readable on the developer's own machine.</summary>
internal sealed class LocalOutbox(
    MarketplaceDbContext db,
    IDataProtectionProvider protection,
    IOptions<IdentityOptions> options,
    IHostEnvironment environment
)
{
    /// <summary>Never with a mail server, and never in production unless the demonstration asks for it.</summary>
    public bool IsOpen => !options.Value.Smtp.IsConfigured && (environment.IsDevelopment() || options.Value.ShowLocalOutbox);

    /// <summary>The newest 50.</summary>
    /// <exception cref="InvalidOperationException">The outbox is not open.</exception>
    public async Task<IReadOnlyList<MailView>> ReadAsync(CancellationToken ct)
    {
        if (!IsOpen)
            throw new InvalidOperationException("The local outbox is closed here.");
        var protector = protection.CreateProtector(Mailbox.Purpose);
        var mails = await db.Set<OutgoingMail>()
            .AsNoTracking()
            .Where(m => m.SentAt == null)
            .OrderByDescending(m => m.Id)
            .Take(50)
            .ToListAsync(ct);
        return [.. mails.Select(m => new MailView(m.Id, m.Recipient, m.Subject, protector.Unprotect(m.ProtectedBody), m.CreatedAt))];
    }
}
