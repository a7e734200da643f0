using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity.Mail;

/// <summary>A budget's alert is mailed to the organisation's owners, each in their language.</summary>
internal sealed class OnBudgetAlerted(MarketplaceDbContext db, IBudgets budgets, Mailbox mailbox, PublicLinks links)
    : IMessageHandler<BudgetAlerted>
{
    public const string Path = "/costs/budgets";

    public async Task HandleAsync(BudgetAlerted message, CancellationToken ct)
    {
        BudgetAlertView alert =
            await budgets.FindAlertAsync(message.AlertId, ct)
            ?? throw new InvalidOperationException($"The alert {message.AlertId} does not exist.");
        var owners = await (
            from membership in db.Set<Membership>()
            where membership.PartyId == message.PartyId && membership.Role == MemberRole.Owner
            join person in db.Set<Person>() on membership.PersonId equals person.Id
            orderby person.Id
            select new
            {
                person.Email,
                person.Name,
                person.Locale,
            }
        ).ToListAsync(ct);
        foreach (var owner in owners)
            mailbox.Post(
                owner.Email,
                $"Budget{alert.Kind}",
                owner.Locale,
                owner.Name,
                alert.BudgetName,
                (alert.Threshold * 100).ToString("0.##", CultureInfo.InvariantCulture),
                alert.Spent,
                alert.Amount,
                alert.UsedUpAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "",
                $"{links.Origin}{Path}/{alert.BudgetId}"
            );
    }
}
