using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Mail;

/// <summary>
/// Tells a customer's finance people, and the address its billing profile names, that an invoice is there: with a link, so that only who may
/// see it does. Once per invoice, since its message is published once and taken once.
/// </summary>
internal sealed class InvoiceMails(
    MarketplaceDbContext db,
    IInvoices invoices,
    IBillingProfiles profiles,
    Mailbox mailbox,
    PublicLinks links
) : IMessageHandler<InvoiceIssued>
{
    // By name, as roles are stored.
    private static readonly MemberRole[] Told = [MemberRole.Finance, MemberRole.Admin, MemberRole.Owner];

    public async Task HandleAsync(InvoiceIssued message, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(message);
        InvoiceView invoice =
            await invoices.FindAsync(message.InvoiceId, ct)
            ?? throw new InvalidOperationException($"Invoice {message.InvoiceId} was announced and is not there.");
        string link = $"{links.Origin}/invoices/{invoice.Id}";
        var people = await (
            from member in db.Set<Membership>()
            join person in db.Set<Person>() on member.PersonId equals person.Id
            where member.PartyId == message.PartyId && Told.Contains(member.Role) && person.EmailConfirmedAt != null
            orderby person.Id
            select new { person.Email, person.Locale }
        ).ToListAsync(ct);
        var recipients = people.Select(p => (p.Email, p.Locale)).ToList();
        if (await profiles.FindAsync(message.PartyId, ct) is { Email.Length: > 0 } profile)
            recipients.Add((profile.Email, profile.Locale));
        foreach (var (email, locale) in recipients.DistinctBy(r => r.Email, StringComparer.OrdinalIgnoreCase))
            Post(email, locale, invoice, link);
    }

    private void Post(string email, string locale, InvoiceView invoice, string link)
    {
        string period = $"{Day(invoice.PeriodStart)} – {Day(invoice.PeriodEnd.AddTicks(-1))}";
        if (invoice.Open.IsZero || invoice.DueAt is not { } due)
            mailbox.Post(email, "InvoicePaid", locale, invoice.Number!, invoice.CustomerName, period, Amount(invoice.Total), link);
        else
            mailbox.Post(
                email,
                "InvoiceOpen",
                locale,
                invoice.Number!,
                invoice.CustomerName,
                period,
                Amount(invoice.Total),
                link,
                Amount(invoice.Open),
                Day(due)
            );
    }

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Amount(Money amount) =>
        $"{amount.Amount.ToString("#,##0.00####", CultureInfo.InvariantCulture)} {amount.Currency.Code}";
}
