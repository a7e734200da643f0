using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Identity.Team;

/// <summary>What the link's page shows.</summary>
/// <param name="HasAccount">The address belongs to a person already, who signs in with their own password.</param>
internal sealed record InvitationOffer(
    string Email,
    string Organization,
    Platform.Parties.MemberRole Role,
    string InvitedBy,
    bool HasAccount
);

/// <param name="Name">For a new person; ignored when there is an account.</param>
/// <param name="Password">A new password, or the account's own.</param>
internal sealed record AcceptRequest(string Token, string Name, string Password, string Locale);

/// <summary>Joins an organisation by a mailed link. Whoever has an account proves it with their password; the link alone signs nobody in.</summary>
internal sealed class AcceptInvitation(
    MarketplaceDbContext db,
    IParties parties,
    PersonFactory people,
    SignIn signIn,
    SessionDesk sessions,
    IdFactory ids,
    TimeProvider time,
    IStringLocalizer<IdentityText> text
)
{
    private Problem Gone => new(ProblemKind.Gone, "link-expired", text["Link.Expired"], text["Link.Expired.Invitation"]);

    /// <summary>null when the link does not count (any more).</summary>
    public async Task<InvitationOffer?> ReadAsync(string token, CancellationToken ct)
    {
        byte[] hash = Secret.Hash(token);
        DateTimeOffset now = time.GetUtcNow();
        var invitation = await db.Set<Invitation>()
            .AsNoTracking()
            .SingleOrDefaultAsync(i => i.TokenHash == hash && i.AcceptedAt == null && i.WithdrawnAt == null && i.ExpiresAt > now, ct);
        if (invitation is null || await parties.FindAsync(invitation.PartyId, ct) is not { } party)
            return null;
        bool known = await db.Set<Person>().AnyAsync(p => p.NormalizedEmail == invitation.NormalizedEmail, ct);
        return new InvitationOffer(invitation.Email, party.Name, invitation.Role, invitation.InvitedBy, known);
    }

    /// <returns>The new session's id.</returns>
    public async Task<Outcome<string>> AcceptAsync(AcceptRequest request, Visitor visitor, CancellationToken ct)
    {
        if (await ReadAsync(request.Token, ct) is not { } offer)
            return Gone;
        if (!offer.HasAccount)
        {
            List<FieldError> errors = people.Check(request.Name, offer.Email, request.Password);
            return errors.Count > 0 ? Problem.Invalid(errors) : await JoinAsync(request, visitor, offer, ct);
        }
        // Counted like any other sign-in, so that an invitation is no way around the lockout.
        return await signIn.TryAsync(offer.Email, request.Password, visitor, ct) switch
        {
            SignInResult.Ok ok => await JoinAsync(request, visitor, offer, ct, ok.SessionId),
            SignInResult.Locked locked => Problem.Conflict("locked-out", text["SignIn.Locked.Short", locked.Until.UtcDateTime]),
            _ => Problem.Invalid("/password", text["SignIn.Wrong"], text["SignIn.Wrong.Fix"]),
        };
    }

    private Task<Outcome<string>> JoinAsync(
        AcceptRequest request,
        Visitor visitor,
        InvitationOffer offer,
        CancellationToken ct,
        string? sessionId = null
    ) =>
        db.InTransactionAsync<Outcome<string>>(
            async token =>
            {
                byte[] hash = Secret.Hash(request.Token);
                DateTimeOffset now = time.GetUtcNow();
                int used = await db.Set<Invitation>()
                    .Where(i => i.TokenHash == hash && i.AcceptedAt == null && i.WithdrawnAt == null && i.ExpiresAt > now)
                    .ExecuteUpdateAsync(s => s.SetProperty(i => i.AcceptedAt, now), token);
                if (used == 0)
                    return Gone;
                Invitation invitation = await db.Set<Invitation>().AsNoTracking().SingleAsync(i => i.TokenHash == hash, token);
                Person person;
                if (offer.HasAccount)
                {
                    person = await db.Set<Person>().AsTracking().SingleAsync(p => p.NormalizedEmail == invitation.NormalizedEmail, token);
                }
                else
                {
                    var made = await people.MakeAsync(request.Name, offer.Email, request.Password, request.Locale, token);
                    if (!made.IsOk)
                        return made.Problem;
                    person = made.Value;
                }
                person.EmailConfirmedAt ??= now;
                db.Audit(
                    "member.joined",
                    "invitation",
                    invitation.Id,
                    $"{invitation.Email}, {invitation.Role}",
                    new AuditBy(invitation.PartyId, person.Id, person.Name, visitor.Origin)
                );
                if (!await db.Set<Membership>().AnyAsync(m => m.PersonId == person.Id && m.PartyId == invitation.PartyId, token))
                    db.Add(
                        new Membership
                        {
                            Id = ids.New(IdPrefix.Member),
                            PersonId = person.Id,
                            PartyId = invitation.PartyId,
                            Role = invitation.Role,
                            CreatedAt = now,
                        }
                    );
                if (sessionId is null)
                    return await sessions.OpenAsync(person, visitor, invitation.PartyId, token);
                await db.SaveChangesAsync(token);
                await sessions.SwitchAsync(person.Id, sessionId, invitation.PartyId, token);
                return sessionId;
            },
            ct,
            outcome => outcome.IsOk
        );
}
