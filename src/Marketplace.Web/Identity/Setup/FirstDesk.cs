using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Setup;

/// <summary>
/// Makes the network desk of an installation that has none: by the printed address, or from the configuration. Whoever can read what the host
/// prints or set its options owns the machine, so nobody else is asked. Call in a scope whose actor is <see cref="Actor.System"/>.
/// </summary>
internal sealed class FirstDesk(MarketplaceDbContext db, IParties parties, SignUp signUp, IOptions<SetupOptions> options, TimeProvider time)
{
    public const string Path = "/setup";

    /// <summary>Makes a new address the one that counts.</summary>
    /// <returns>Its secret, which is not kept, and when it ends; null when there is a desk.</returns>
    public Task<(string Secret, DateTimeOffset ExpiresAt)?> OfferAsync(CancellationToken ct) =>
        db.InTransactionAsync<(string, DateTimeOffset)?>(
            async token =>
            {
                await TurnAsync(token);
                if (await ExistsAsync(token))
                    return null;
                DateTimeOffset now = time.GetUtcNow();
                string secret = Secret.New("");
                await WithdrawAsync(token);
                var made = new DeskToken
                {
                    Hash = Secret.Hash(secret),
                    CreatedAt = now,
                    ExpiresAt = now + options.Value.LinkTime,
                };
                db.Add(made);
                db.Audit("party.desk-offered", "address", Path);
                return (secret, made.ExpiresAt);
            },
            ct
        );

    /// <summary>True while <see cref="SetUpAsync"/> would let this secret in.</summary>
    public async Task<bool> IsGoodAsync(string secret, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        var token = await db.Set<DeskToken>().AsNoTracking().SingleOrDefaultAsync(t => t.ExpiresAt > now, ct);
        return token is not null && Secret.Matches(secret, token.Hash) && !await ExistsAsync(ct);
    }

    /// <summary>Uses the address up: the organisation, its owner, and a session for them. A field that will not do leaves it usable.</summary>
    /// <returns>The session, or <c>link-expired</c> (410) when the secret does not count (any more).</returns>
    public Task<Outcome<SignedUp>> SetUpAsync(string secret, SignUpRequest request, Visitor visitor, CancellationToken ct) =>
        signUp.CommitAsync<SignedUp>(
            async token =>
            {
                // Two at once take turns, so that the second finds the desk of the first.
                await TurnAsync(token);
                if (!await IsGoodAsync(secret, token))
                    return new Problem(
                        ProblemKind.Gone,
                        "link-expired",
                        "This address no longer works",
                        "The next start prints a new one."
                    );
                var made = await MakeAsync(request, visitor.Origin, token);
                return made.IsOk ? await signUp.EnterAsync(made.Value, visitor, token) : made.Problem;
            },
            ct
        );

    /// <summary>Makes the configured desk while there is none; without one in the configuration, and ever after, it does nothing.</summary>
    /// <returns>Null, or what is wrong with the configured fields.</returns>
    public async Task<Problem?> EnsureConfiguredAsync(CancellationToken ct)
    {
        FirstDeskOptions desk = options.Value.Desk;
        if (!desk.IsConfigured || await ExistsAsync(ct))
            return null;
        var request = new SignUpRequest(
            desk.Name,
            desk.Email,
            desk.ReadPassword(),
            desk.Organization,
            PartyKinds.Platform,
            desk.Country,
            desk.Currency,
            "en"
        );
        var made = await signUp.CommitAsync<Done>(
            async token =>
            {
                await TurnAsync(token);
                if (await ExistsAsync(token))
                    return Done.Value;
                var set = await MakeAsync(request, origin: null, token);
                return set.IsOk ? Done.Value : set.Problem;
            },
            ct
        );
        return made.IsOk ? null : made.Problem;
    }

    private async Task<Outcome<NewMember>> MakeAsync(SignUpRequest request, string? origin, CancellationToken ct)
    {
        request = request with { Kinds = PartyKinds.Platform };
        List<FieldError> errors = signUp.Check(request);
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        var made = await signUp.MakeAsync(request, origin, ct);
        if (!made.IsOk)
            return made.Problem;
        var (person, party) = made.Value;
        db.Audit("party.desk-set-up", "organisation", party.Id, person.Email, new AuditBy(party.Id, person.Id, person.Name, origin));
        await WithdrawAsync(ct);
        return made.Value;
    }

    private async Task<bool> ExistsAsync(CancellationToken ct) =>
        (await parties.ListAsync(new PartyQuery { Kind = PartyKinds.Platform, Limit = 1 }, ct)).Value.Items.Count > 0;

    private Task<int> WithdrawAsync(CancellationToken ct) => db.Set<DeskToken>().ExecuteDeleteAsync(ct);

    private Task TurnAsync(CancellationToken ct) => db.TakeTurnAsync("identity.first-desk", ct);
}
