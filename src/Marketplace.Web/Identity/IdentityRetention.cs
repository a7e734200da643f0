using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Data;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity;

/// <summary>Forgets what has expired and what nobody will ask for again.</summary>
internal sealed class IdentityRetention(MarketplaceDbContext db, IdempotencyStore keys, TimeProvider time)
{
    /// <summary>How long an expired link, an ended session and a sent mail stay for questions.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    /// <returns>How many rows went.</returns>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        DateTimeOffset before = time.GetUtcNow() - Keep;
        int gone = await db.Set<OneTimeToken>().Where(t => t.ExpiresAt < before).ExecuteDeleteAsync(ct);
        gone += await db.Set<Session>().Where(s => s.ExpiresAt < before || s.EndedAt < before).ExecuteDeleteAsync(ct);
        gone += await db.Set<OutgoingMail>().Where(m => m.SentAt < before).ExecuteDeleteAsync(ct);
        while (await keys.SweepAsync(ct) is > 0 and var swept)
            gone += swept;
        return gone;
    }
}
