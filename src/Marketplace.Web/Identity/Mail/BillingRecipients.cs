using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Who is told of a party's billing documents.</summary>
internal sealed class BillingRecipients(MarketplaceDbContext db, IBillingProfiles profiles)
{
    // By name, as roles are stored.
    private static readonly MemberRole[] Told = [MemberRole.Finance, MemberRole.Admin, MemberRole.Owner];

    /// <summary>Its finance people and the address its billing profile names, each address once, with its language.</summary>
    public async Task<IReadOnlyList<(string Email, string Locale)>> OfAsync(string partyId, CancellationToken ct)
    {
        var people = await (
            from member in db.Set<Membership>()
            join person in db.Set<Person>() on member.PersonId equals person.Id
            where member.PartyId == partyId && Told.Contains(member.Role) && person.EmailConfirmedAt != null
            orderby person.Id
            select new { person.Email, person.Locale }
        ).ToListAsync(ct);
        var recipients = people.Select(p => (p.Email, p.Locale)).ToList();
        if (await profiles.FindAsync(partyId, ct) is { Email.Length: > 0 } profile)
            recipients.Add((profile.Email, profile.Locale));
        return [.. recipients.DistinctBy(r => r.Email, StringComparer.OrdinalIgnoreCase)];
    }
}
