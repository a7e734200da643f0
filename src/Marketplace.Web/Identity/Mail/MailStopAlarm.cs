using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Tells the network desk of a stop that is not proved, or that pods undid.</summary>
internal sealed class MailStopAlarm(MarketplaceDbContext db, Mailbox mailbox, PublicLinks links, IParties parties, IChangeFeed changes)
    : IMessageHandler<StopAlarmed>
{
    public async Task HandleAsync(StopAlarmed message, CancellationToken ct)
    {
        var desks = await parties.ListAsync(new PartyQuery { Kind = PartyKinds.Platform, State = PartyState.Approved }, ct);
        foreach (PartyView desk in desks.Value.Items)
        {
            foreach (Person person in await db.PeopleAsync(desk.Id, MemberRole.Admin, ct))
                mailbox.Post(
                    person.Email,
                    $"StopAlarm.{message.State}",
                    person.Locale,
                    person.Name,
                    message.ContractId,
                    message.ClusterId,
                    message.Pods?.ToString(CultureInfo.InvariantCulture) ?? "–",
                    $"{links.Origin}/admin/stops"
                );
        }
        changes.Announce("stops");
    }
}
