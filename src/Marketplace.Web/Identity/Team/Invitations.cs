using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Team;

/// <summary>Invitations of the acting organisation.</summary>
internal sealed class Invitations(
    MarketplaceDbContext db,
    ActorContext actor,
    IParties parties,
    Mailbox mailbox,
    PublicLinks links,
    IdFactory ids,
    TimeProvider time,
    IOptions<IdentityOptions> options,
    IStringLocalizer<IdentityText> text
)
{
    public const string Path = "/accept-invitation";

    public async Task<Outcome<IReadOnlyList<InvitationView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamRead) is { } refused)
            return refused;
        string party = actor.Current.PartyId;
        var rows = await db.Set<Invitation>()
            .AsNoTracking()
            .Where(i => i.PartyId == party)
            .OrderByDescending(i => i.Id)
            .Take(200)
            .ToListAsync(ct);
        return Outcome<IReadOnlyList<InvitationView>>.Ok([.. rows.Select(View)]);
    }

    /// <summary>Mails a link. An open invitation of the same address is replaced, and its link stops working.</summary>
    public async Task<Outcome<InvitationView>> InviteAsync(InviteMember request, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        if (!PersonFactory.IsEmail(request.Email))
            return Problem.Invalid("/email", text["Email.Wrong"], text["Email.Wrong.Fix"]);
        if (!Enum.IsDefined(request.Role))
            return Problem.Invalid("/role", text["Role.Wrong"], text["Role.Wrong.Fix"]);
        if (request.Role > actor.Current.Role || (request.Role == MemberRole.Owner && actor.Current.Role < MemberRole.Owner))
            return Problem.Forbidden(text["Team.OwnersOnly"]);
        return await db.InTransactionAsync(token => InviteInAsync(request, token), ct, outcome => outcome.IsOk);
    }

    private async Task<Outcome<InvitationView>> InviteInAsync(InviteMember request, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        string normalized = Person.Normalize(request.Email);
        DateTimeOffset now = time.GetUtcNow();
        bool already = await (
            from membership in db.Set<Membership>()
            join person in db.Set<Person>() on membership.PersonId equals person.Id
            where membership.PartyId == party && person.NormalizedEmail == normalized
            select membership.Id
        ).AnyAsync(ct);
        if (already)
            return Problem.Invalid("/email", text["Invitation.Already"], text["Invitation.Already.Fix"]);
        await db.Set<Invitation>()
            .Where(i => i.PartyId == party && i.NormalizedEmail == normalized && i.AcceptedAt == null && i.WithdrawnAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(i => i.WithdrawnAt, now), ct);
        PartyView organisation =
            await parties.FindAsync(party, ct) ?? throw new InvalidOperationException($"The acting party {party} does not exist.");
        string secret = Secret.New("");
        var invitation = new Invitation
        {
            Id = ids.New(IdPrefix.Invitation),
            PartyId = party,
            Email = request.Email.Trim(),
            NormalizedEmail = normalized,
            Role = request.Role,
            TokenHash = Secret.Hash(secret),
            InvitedBy = actor.Current.Name,
            CreatedAt = now,
            ExpiresAt = now + options.Value.InvitationTime,
        };
        db.Add(invitation);
        db.Audit("invitation.sent", "invitation", invitation.Id, $"{invitation.Email}, {invitation.Role}");
        mailbox.Post(
            invitation.Email,
            "Invitation",
            System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh" ? "zh-Hans" : "en",
            actor.Current.Name,
            organisation.Name,
            links.To(Path, secret),
            (int)options.Value.InvitationTime.TotalDays
        );
        return View(invitation);
    }

    /// <summary>Its link stops working.</summary>
    public async Task<Outcome<Done>> WithdrawAsync(string invitationId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        string party = actor.Current.PartyId;
        DateTimeOffset now = time.GetUtcNow();
        return await db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                int withdrawn = await db.Set<Invitation>()
                    .Where(i => i.Id == invitationId && i.PartyId == party && i.AcceptedAt == null && i.WithdrawnAt == null)
                    .ExecuteUpdateAsync(s => s.SetProperty(i => i.WithdrawnAt, now), token);
                if (withdrawn != 1)
                    return Problem.NotFound("open invitation", invitationId);
                db.Audit("invitation.withdrawn", "invitation", invitationId);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );
    }

    private InvitationView View(Invitation i) =>
        new(
            i.Id,
            i.Email,
            i.Role,
            i.AcceptedAt is not null ? InvitationState.Accepted
                : i.WithdrawnAt is not null ? InvitationState.Withdrawn
                : i.ExpiresAt <= time.GetUtcNow() ? InvitationState.Expired
                : InvitationState.Open,
            i.InvitedBy,
            i.CreatedAt,
            i.ExpiresAt
        );
}
