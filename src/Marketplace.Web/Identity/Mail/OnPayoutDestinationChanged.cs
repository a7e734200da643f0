using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Every owner learns where the organisation's money goes from now on: one of them may not have been asked.</summary>
internal sealed class OnPayoutDestinationChanged(MarketplaceDbContext db, IParties parties, Mailbox mailbox, PublicLinks links)
    : IMessageHandler<PayoutDestinationChanged>
{
    public async Task HandleAsync(PayoutDestinationChanged message, CancellationToken ct)
    {
        var party = await parties.FindAsync(message.PartyId, ct);
        var owners = await (
            from m in db.Set<Membership>()
            join p in db.Set<Person>() on m.PersonId equals p.Id
            where m.PartyId == message.PartyId && m.Role == MemberRole.Owner
            select p
        ).ToListAsync(ct);
        string area = party is { } known && known.Kinds.HasFlag(PartyKinds.Center) ? "/center/audit" : "/operator/audit";
        foreach (Person owner in owners)
            mailbox.Post(
                owner.Email,
                "PayoutDestination",
                owner.Locale,
                owner.Name,
                party?.Name ?? message.PartyId,
                message.Currency,
                message.Mask,
                message.UsableFrom.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                links.Origin + area
            );
        await db.SaveChangesAsync(ct);
    }
}
