using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.People;

/// <summary>Proves that an address belongs to its person.</summary>
internal sealed class EmailConfirmation(
    MarketplaceDbContext db,
    OneTimeTokens tokens,
    Mailbox mailbox,
    PublicLinks links,
    IOptions<IdentityOptions> options,
    TimeProvider time,
    IStringLocalizer<IdentityText> text
)
{
    public const string Path = "/confirm-email";

    /// <summary>Mails a link, in the caller's transaction.</summary>
    public void Ask(Person person)
    {
        string secret = tokens.Issue(person, TokenPurpose.ConfirmEmail, options.Value.ConfirmTime);
        mailbox.Post(
            person.Email,
            "Confirm",
            person.Locale,
            person.Name,
            links.To(Path, secret),
            (int)options.Value.ConfirmTime.TotalHours
        );
    }

    /// <summary>Mails a new link to somebody signed in.</summary>
    public Task<Outcome<Done>> AskAgainAsync(string personId, CancellationToken ct) =>
        db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                Person person = await db.Set<Person>().SingleAsync(p => p.Id == personId, token);
                if (person.EmailConfirmedAt is null)
                    Ask(person);
                return Done.Value;
            },
            ct
        );

    public Task<Outcome<Done>> ConfirmAsync(string secret, CancellationToken ct) =>
        db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                if (await tokens.RedeemAsync(secret, TokenPurpose.ConfirmEmail, token) is not { } person)
                    return new Problem(ProblemKind.Gone, "link-expired", text["Link.Expired"], text["Link.Expired.Confirm"]);
                person.EmailConfirmedAt ??= time.GetUtcNow();
                return Done.Value;
            },
            ct
        );
}
