using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Market.Features.Supply;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Offers;

internal sealed class Resale(
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    TimeProvider time,
    IOutbox outbox,
    IChangeFeed changes,
    ListingViews views
) : IResale
{
    public static readonly Sorting<Listing> Sorting = Supply.Supply.Sorting;

    public Task<Outcome<AuthorizationView>> RequestAsync(string listingId, CancellationToken ct) =>
        db.CommitAsync<AuthorizationView>(
            async token =>
            {
                if (actor.MayAct(Permission.OffersWrite) is { } refused)
                    return refused;
                string me = actor.Current.PartyId;
                if (await LockedAsync(listingId, token) is not { State: ListingState.Live } listing)
                    return Problem.NotFound("live listing", listingId);
                if (listing.PartyId == me)
                    return Problem.Conflict("own-listing", "This listing is your own. Make an offer of it directly.");
                if (await OpenAsync(listingId, me, token) is { } open)
                    return Problem.Conflict("authorization-exists", $"You have already asked for this listing: it is {open.State}.");
                var row = New(listing, me, AuthorizationState.Requested, 0, 0);
                db.Add(row);
                db.Audit("resale.requested", "authorisation", row.Id, listingId);
                return await SavedAsync(row, listing, token);
            },
            ct
        );

    public Task<Outcome<AuthorizationView>> GrantAsync(
        string listingId,
        string operatorId,
        decimal minMarkup,
        decimal maxMarkup,
        CancellationToken ct
    ) =>
        db.CommitAsync<AuthorizationView>(
            async token =>
            {
                if (actor.MayAct(Permission.SupplyWrite) is { } refused)
                    return refused;
                if (await LockedAsync(listingId, token) is not { } listing || !actor.Current.Owns(listing))
                    return Problem.NotFound("listing", listingId);
                if (Limits(minMarkup, maxMarkup) is { } wrong)
                    return wrong;
                if (await db.MayTradeAsync(listing.PartyId, token) is { } untraded)
                    return untraded;
                MarketParty? seller = await db.Set<MarketParty>().FirstOrDefaultAsync(p => p.Id == operatorId, token);
                if (seller is null || !seller.Kinds.HasFlag(PartyKinds.Operator) || seller.Id == listing.PartyId)
                    return Problem.Invalid(
                        "/operatorId",
                        "This is not an operator you can authorise.",
                        "Give the id of another organisation that is an operator."
                    );
                ResaleAuthorization? row = await OpenAsync(listingId, operatorId, token);
                if (row is null)
                {
                    row = New(listing, operatorId, AuthorizationState.Granted, minMarkup, maxMarkup);
                    db.Add(row);
                }
                else
                {
                    // Granting again changes the limits; offers outside them leave the shelf until their markup fits.
                    (row.MinMarkup, row.MaxMarkup, row.State) = (minMarkup, maxMarkup, AuthorizationState.Granted);
                    row.Revision++;
                }
                row.DecidedAt = time.GetUtcNow();
                db.Audit("resale.granted", "authorisation", row.Id, $"{listingId} to {operatorId}, markup {minMarkup} to {maxMarkup}");
                return await SavedAsync(row, listing, token);
            },
            ct
        );

    public Task<Outcome<AuthorizationView>> DeclineAsync(string authorizationId, CancellationToken ct) =>
        DecideAsync(authorizationId, AuthorizationState.Declined, ct);

    public Task<Outcome<AuthorizationView>> RevokeAsync(string authorizationId, CancellationToken ct) =>
        DecideAsync(authorizationId, AuthorizationState.Revoked, ct);

    public async Task<IReadOnlyList<AuthorizationView>> ListAsync(CancellationToken ct)
    {
        var rows = await db.Set<ResaleAuthorization>().AsNoTracking().OrderByDescending(a => a.Id).ToListAsync(ct);
        string[] listingIds = [.. rows.Select(a => a.ListingId).Distinct(StringComparer.Ordinal)];
        var listings = await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(l => listingIds.Contains(l.Id))
            .ToListAsync(ct);
        var byId = (await views.OfAsync(listings, ct)).ToDictionary(l => l.Id, StringComparer.Ordinal);
        return [.. rows.Select(a => a.View(byId[a.ListingId]))];
    }

    public async Task<Page<ListingView>> OpenListingsAsync(ListingQuery query, CancellationToken ct)
    {
        if (actor.MayAct(Permission.SupplyRead) is not null)
            return new Page<ListingView>([], null, 0);
        string me = actor.Current.PartyId;
        var rows = db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(l => l.State == ListingState.Live && l.PartyId != me)
            .Where(l => db.Set<MarketParty>().Any(p => p.Id == l.PartyId && p.State == PartyState.Approved))
            .Where(l =>
                !db.Set<ResaleAuthorization>()
                    .Any(a =>
                        a.ListingId == l.Id
                        && a.OperatorId == me
                        && (a.State == AuthorizationState.Requested || a.State == AuthorizationState.Granted)
                    )
            );
        return await rows.Matching(query with { State = null }).PageAsync(query, Sorting, page => views.OfAsync(page, ct), ct);
    }

    private Task<Outcome<AuthorizationView>> DecideAsync(string authorizationId, AuthorizationState to, CancellationToken ct) =>
        db.CommitAsync<AuthorizationView>(
            async token =>
            {
                if (actor.MayAct(Permission.SupplyWrite) is { } refused)
                    return refused;
                ResaleAuthorization? row = await db.Set<ResaleAuthorization>()
                    .AsTracking()
                    .FirstOrDefaultAsync(a => a.Id == authorizationId, token);
                // The operator sees the row too, but only the center decides.
                if (row is null || !(actor.Current.IsSystem || row.CenterId == actor.Current.PartyId))
                    return Problem.NotFound("authorisation", authorizationId);
                if (StateTables.Authorization.Refuse(row.State, to) is { } conflict)
                    return conflict;
                row.State = to;
                row.DecidedAt = time.GetUtcNow();
                db.Audit(to == AuthorizationState.Revoked ? "resale.revoked" : "resale.declined", "authorisation", row.Id, row.ListingId);
                row.Revision++;
                Listing listing =
                    await LockedAsync(row.ListingId, token) ?? throw new InvalidOperationException($"Listing {row.ListingId} is gone.");
                return await SavedAsync(row, listing, token);
            },
            ct
        );

    private static Problem? Limits(decimal min, decimal max)
    {
        if (min is < 0 or >= Pricing.MarkupLimit || Pricing.Decimals(min) > Pricing.MarkupDecimals)
            return Problem.Invalid("/minMarkup", "The lowest markup is out of range.", MarkupRules.Fix);
        return max < min || max >= Pricing.MarkupLimit || Pricing.Decimals(max) > Pricing.MarkupDecimals
            ? Problem.Invalid("/maxMarkup", "The highest markup is below the lowest or out of range.", MarkupRules.Fix)
            : null;
    }

    private Task<Listing?> LockedAsync(string listingId, CancellationToken ct) =>
        db.Set<Listing>()
            .FromSql($"SELECT * FROM market.listing WHERE id = {listingId} FOR NO KEY UPDATE")
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);

    private Task<ResaleAuthorization?> OpenAsync(string listingId, string operatorId, CancellationToken ct) =>
        db.Set<ResaleAuthorization>()
            .AsTracking()
            .FirstOrDefaultAsync(
                a =>
                    a.ListingId == listingId
                    && a.OperatorId == operatorId
                    && (a.State == AuthorizationState.Requested || a.State == AuthorizationState.Granted),
                ct
            );

    private ResaleAuthorization New(Listing listing, string operatorId, AuthorizationState state, decimal min, decimal max) =>
        new()
        {
            Id = ids.New(IdPrefix.Authorization),
            ListingId = listing.Id,
            CenterId = listing.PartyId,
            OperatorId = operatorId,
            CustomerId = operatorId,
            MinMarkup = min,
            MaxMarkup = max,
            State = state,
            CreatedAt = time.GetUtcNow(),
        };

    private async Task<Outcome<AuthorizationView>> SavedAsync(ResaleAuthorization row, Listing listing, CancellationToken ct)
    {
        outbox.Publish(new AuthorizationChanged(row.Id, row.ListingId, row.CenterId, row.OperatorId, row.State), row.Id);
        changes.Announce($"party:{row.CenterId}");
        changes.Announce($"party:{row.OperatorId}");
        changes.Announce(Topics.Market);
        await db.SaveChangesAsync(ct);
        return row.View(await views.OfAsync(listing, ct));
    }
}
