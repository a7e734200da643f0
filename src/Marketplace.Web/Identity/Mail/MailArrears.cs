using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Tells the people who may pay of every step of their organisation's arrears, each in their language.</summary>
internal sealed class MailArrears(MarketplaceDbContext db, Mailbox mailbox, PublicLinks links, IParties parties)
    : IMessageHandler<ArrearsChanged>
{
    public async Task HandleAsync(ArrearsChanged message, CancellationToken ct)
    {
        string name = (await parties.FindAsync(message.CustomerId, ct))?.Name ?? message.CustomerId;
        var owed = Money.From(message.Owed, Currency.Parse(message.Currency));
        foreach (Person person in await db.PeopleAsync(message.CustomerId, MemberRole.Finance, ct))
            mailbox.Post(
                person.Email,
                $"Arrears.{message.To}",
                person.Locale,
                person.Name,
                name,
                owed.ToString(),
                Moment(message.Since),
                Moment(message.NextAt),
                $"{links.Origin}/invoices"
            );
    }

    private static string Moment(DateTimeOffset? at) =>
        at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "–";
}

/// <summary>Whom to write to.</summary>
internal static class Recipients
{
    /// <summary>The people of an organisation with at least this role, in the order of their ids.</summary>
    public static Task<List<Person>> PeopleAsync(this MarketplaceDbContext db, string partyId, MemberRole least, CancellationToken ct)
    {
        // Roles are stored by their names, which the database cannot put in order.
        MemberRole[] roles = [.. Enum.GetValues<MemberRole>().Where(r => r >= least)];
        return (
            from member in db.Set<Membership>().AsNoTracking()
            join person in db.Set<Person>() on member.PersonId equals person.Id
            where member.PartyId == partyId && roles.Contains(member.Role)
            orderby person.Id
            select person
        ).ToListAsync(ct);
    }
}
