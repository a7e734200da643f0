using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.People;

/// <summary>Sets a new password by a mailed link, or with the old one. Either way every other session ends.</summary>
internal sealed class PasswordReset(
    MarketplaceDbContext db,
    OneTimeTokens tokens,
    Passwords passwords,
    SessionDesk sessions,
    Mailbox mailbox,
    PublicLinks links,
    IOptions<IdentityOptions> options,
    TimeProvider time,
    IStringLocalizer<IdentityText> text
)
{
    public const string Path = "/reset-password";

    /// <summary>Mails a link if the address is known; the caller learns nothing either way.</summary>
    public Task AskAsync(string email, CancellationToken ct) =>
        db.InTransactionAsync(
            async token =>
            {
                string normalized = Person.Normalize(email);
                if (await db.Set<Person>().SingleOrDefaultAsync(p => p.NormalizedEmail == normalized, token) is { } person)
                {
                    string secret = tokens.Issue(person, TokenPurpose.ResetPassword, options.Value.ResetTime);
                    mailbox.Post(
                        person.Email,
                        "Reset",
                        person.Locale,
                        person.Name,
                        links.To(Path, secret),
                        (int)options.Value.ResetTime.TotalMinutes
                    );
                }
                return Done.Value;
            },
            ct
        );

    public Task<bool> IsGoodAsync(string secret, CancellationToken ct) => tokens.IsGoodAsync(secret, TokenPurpose.ResetPassword, ct);

    /// <summary>Uses the link up; a password that will not do leaves it usable.</summary>
    public Task<Outcome<Done>> ResetAsync(string secret, string password, CancellationToken ct) =>
        db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                if (await tokens.RedeemAsync(secret, TokenPurpose.ResetPassword, token) is not { } person)
                    return new Problem(ProblemKind.Gone, "link-expired", text["Link.Expired"], text["Link.Expired.Reset"]);
                if (passwords.Check(password, person.Email, "/password") is { } weak)
                    return Problem.Invalid([weak]);
                // Whoever reads the mail owns the address.
                person.EmailConfirmedAt ??= time.GetUtcNow();
                person.LockedUntil = null;
                person.FailedSignIns = 0;
                await SetAsync(person, password, null, token);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );

    /// <summary>Changes it with the old one; the session in use goes on.</summary>
    public Task<Outcome<Done>> ChangeAsync(string personId, string sessionId, string current, string password, CancellationToken ct) =>
        db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                Person person = await db.Set<Person>()
                    .FromSql($"select * from identity.person where id = {personId} for update")
                    .AsTracking()
                    .SingleAsync(token);
                if (person.LockedUntil > time.GetUtcNow())
                    return Problem.Conflict("locked-out", text["Password.Locked"]);
                if (!passwords.Verify(person, current))
                    return Problem.Invalid("/current", text["Password.CurrentWrong"], text["Password.CurrentWrong.Fix"]);
                if (passwords.Check(password, person.Email, "/password") is { } weak)
                    return Problem.Invalid([weak]);
                await SetAsync(person, password, sessionId, token);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );

    private async Task SetAsync(Person person, string password, string? keepSession, CancellationToken ct)
    {
        person.PasswordHash = passwords.Hash(person, password);
        person.SecurityStamp = Person.NewStamp();
        await sessions.EndAllAsync(person.Id, keepSession, ct);
        if (keepSession is not null)
            await sessions.RestampAsync(keepSession, person.SecurityStamp, ct);
        mailbox.Post(person.Email, "PasswordChanged", person.Locale, person.Name, links.Origin + "/forgot-password");
    }
}
