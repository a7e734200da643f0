using FluentValidation;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Market.Features.Parties;

internal sealed class RegisterPartyValidator : AbstractValidator<RegisterParty>
{
    public RegisterPartyValidator()
    {
        RuleFor(r => r.Name)
            .Must(name => name is not null && name.Trim().Length is >= 2 and <= 120)
            .WithMessage("The organisation's name is missing or too long.")
            .WithFix("Give a name of 2 to 120 characters.");
        RuleFor(r => r.Kinds)
            .Must(kinds =>
                kinds != PartyKinds.None
                && (kinds & ~(PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform)) == PartyKinds.None
            )
            .WithMessage("Say what the organisation does here.")
            .WithFix("Choose one or more of Center, Operator and Customer.");
        RuleFor(r => r.Country)
            .Matches("^[A-Z]{2}$")
            .WithMessage("The country is not a two-letter code.")
            .WithFix("Use the ISO 3166-1 code in capitals, for example CN.");
        RuleFor(r => r.Currency)
            .Must(code => Currency.TryParse(code) is not null)
            .WithMessage("The currency is not supported.")
            .WithFix($"Use one of {string.Join(", ", Currency.All)}.");
    }
}

internal sealed class Parties(
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    TimeProvider time,
    IOutbox outbox,
    IChangeFeed changes,
    IOptions<MarketOptions> options
) : IParties
{
    private static readonly RegisterPartyValidator Validator = new();

    public static readonly Sorting<MarketParty> Sorting = new(
        ("createdAt", (rows, down) => down ? rows.OrderByDescending(p => p.Id) : rows.OrderBy(p => p.Id)),
        (
            "name",
            (rows, down) => down ? rows.OrderByDescending(p => p.Name).ThenBy(p => p.Id) : rows.OrderBy(p => p.Name).ThenBy(p => p.Id)
        ),
        (
            "state",
            (rows, down) => down ? rows.OrderByDescending(p => p.State).ThenBy(p => p.Id) : rows.OrderBy(p => p.State).ThenBy(p => p.Id)
        )
    );

    public Task<Outcome<PartyView>> RegisterAsync(RegisterParty request, CancellationToken ct) =>
        db.CommitAsync<PartyView>(
            async token =>
            {
                if (Validator.Check(request) is { } problem)
                    return problem;
                if (request.Kinds.HasFlag(PartyKinds.Platform) && !actor.Current.IsSystem)
                    return Problem.Forbidden("The network desk is set up by the installation, not by registration.");
                bool atOnce =
                    request.Kinds == PartyKinds.Platform || (request.Kinds == PartyKinds.Customer && options.Value.ApproveCustomersAtOnce);
                string name = request.Name.Trim();
                DateTimeOffset now = time.GetUtcNow();
                var party = new MarketParty
                {
                    Id = ids.New(IdPrefix.Party),
                    Name = name,
                    Badge = MarketParty.BadgeOf(name),
                    Kinds = request.Kinds,
                    State = atOnce ? PartyState.Approved : PartyState.Pending,
                    Country = request.Country,
                    Currency = request.Currency,
                    CreatedAt = now,
                    DecidedAt = atOnce ? now : null,
                };
                db.Add(party);
                db.Audit("party.registered", "organisation", party.Id, $"{party.Name}, {party.Kinds}");
                outbox.Publish(new PartyRegistered(party.Id), party.Id);
                Announce(party.Id);
                await db.SaveChangesAsync(token);
                return party.View(actor.Current);
            },
            ct
        );

    public async Task<PartyView?> FindAsync(string partyId, CancellationToken ct) =>
        (await db.Set<MarketParty>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == partyId, ct))?.View(actor.Current);

    public async Task<IReadOnlyDictionary<string, PartyView>> FindManyAsync(IReadOnlyCollection<string> partyIds, CancellationToken ct)
    {
        string[] wanted = [.. partyIds.Distinct(StringComparer.Ordinal)];
        var rows = await db.Set<MarketParty>().AsNoTracking().Where(p => wanted.Contains(p.Id)).ToListAsync(ct);
        return rows.ToDictionary(p => p.Id, p => p.View(actor.Current), StringComparer.Ordinal);
    }

    public async Task<Outcome<Page<PartyView>>> ListAsync(PartyQuery query, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<MarketParty> rows = db.Set<MarketParty>().AsNoTracking();
        if (query.State is { } state)
            rows = rows.Where(p => p.State == state);
        if (query.Kind is { } kind)
            rows = rows.Where(p => (p.Kinds & kind) != PartyKinds.None);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = ListPages.Like(query.Search.Trim());
            rows = rows.Where(p => EF.Functions.ILike(p.Name, like, ListPages.Escape) || EF.Functions.ILike(p.Id, like, ListPages.Escape));
        }
        return await rows.PageAsync(query, Sorting, Views, ct);
    }

    public Task<Outcome<PartyView>> DecideAsync(string partyId, PartyState to, string reason, CancellationToken ct) =>
        db.CommitAsync<PartyView>(
            async token =>
            {
                if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
                    return refused;
                if (await db.Set<MarketParty>().AsTracking().FirstOrDefaultAsync(p => p.Id == partyId, token) is not { } party)
                    return Problem.NotFound("organisation", partyId);
                if (StateTables.Party.Refuse(party.State, to) is { } conflict)
                    return conflict;
                if (to is PartyState.Declined or PartyState.Suspended && string.IsNullOrWhiteSpace(reason))
                    return Problem.Invalid("/reason", "Say why.", "Give the reason in one sentence; the organisation reads it.");
                party.State = to;
                party.Reason = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
                party.DecidedAt = time.GetUtcNow();
                db.Audit("party.decided", "organisation", party.Id, party.Reason is null ? to.ToString() : $"{to}: {party.Reason}");
                party.DecidedBy = actor.Current.UserId ?? actor.Current.CredentialId ?? actor.Current.Name;
                party.Revision++;
                outbox.Publish(new PartyDecided(party.Id, to), party.Id);
                Announce(party.Id);
                await db.SaveChangesAsync(token);
                return party.View(actor.Current);
            },
            ct
        );

    private Task<IReadOnlyList<PartyView>> Views(IReadOnlyList<MarketParty> rows) =>
        Task.FromResult<IReadOnlyList<PartyView>>([.. rows.Select(p => p.View(actor.Current))]);

    private void Announce(string partyId)
    {
        changes.Announce($"party:{partyId}");
        changes.Announce(Topics.Market);
    }
}
