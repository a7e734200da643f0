using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Supply;

/// <summary>The center's side. One file per use case; this one holds what they share and the reads.</summary>
internal sealed partial class Supply(
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    TimeProvider time,
    IOutbox outbox,
    IChangeFeed changes,
    IClusterSupply clusters,
    ListingViews views
) : ISupply
{
    public static readonly Sorting<Listing> Sorting = new(
        ("createdAt", (rows, down) => down ? rows.OrderByDescending(l => l.Id) : rows.OrderBy(l => l.Id)),
        (
            "title",
            (rows, down) => down ? rows.OrderByDescending(l => l.Title).ThenBy(l => l.Id) : rows.OrderBy(l => l.Title).ThenBy(l => l.Id)
        ),
        (
            "cards",
            (rows, down) => down ? rows.OrderByDescending(l => l.Cards).ThenBy(l => l.Id) : rows.OrderBy(l => l.Cards).ThenBy(l => l.Id)
        ),
        (
            "state",
            (rows, down) => down ? rows.OrderByDescending(l => l.State).ThenBy(l => l.Id) : rows.OrderBy(l => l.State).ThenBy(l => l.Id)
        )
    );

    public async Task<Page<ListingView>> ListingsAsync(ListingQuery query, CancellationToken ct) =>
        await db.Set<Listing>().AsNoTracking().Matching(query).PageAsync(query, Sorting, rows => views.OfAsync(rows, ct), ct);

    public async Task<ListingView?> FindListingAsync(string listingId, CancellationToken ct) =>
        await VisibleAsync(listingId, ct) is { } row ? await views.OfAsync(row, ct) : null;

    public async Task<IReadOnlyList<PriceVersionView>> PricesAsync(string listingId, CancellationToken ct)
    {
        if (await VisibleAsync(listingId, ct) is null)
            return [];
        var rows = await db.Set<PriceVersion>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(p => p.ListingId == listingId)
            .OrderByDescending(p => p.Version)
            .ToListAsync(ct);
        return [.. rows.Select(p => p.View())];
    }

    /// <summary>A listing as the acting party may see it: its own; any to the network desk; a live or authorised one to operators.</summary>
    private async Task<Listing?> VisibleAsync(string listingId, CancellationToken ct)
    {
        Listing? row = await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .FirstOrDefaultAsync(l => l.Id == listingId, ct);
        if (row is null || actor.Current.SeesAll || actor.Current.Owns(row))
            return row;
        if (!actor.Current.Is(PartyKinds.Operator))
            return null;
        string me = actor.Current.PartyId;
        return
            row.State == ListingState.Live
            || await db.Set<ResaleAuthorization>().AnyAsync(a => a.ListingId == listingId && a.OperatorId == me, ct)
            ? row
            : null;
    }

    /// <summary>The acting center's listing, to change it; its row is locked until the transaction ends.</summary>
    private async Task<Outcome<Listing>> OwnAsync(string listingId, CancellationToken ct)
    {
        if (actor.MayAct(Permission.SupplyWrite) is { } refused)
            return refused;
        Listing? row = await db.Set<Listing>()
            .FromSql($"SELECT * FROM market.listing WHERE id = {listingId} FOR NO KEY UPDATE")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        return row is not null && actor.Current.Owns(row) ? row : Problem.NotFound("listing", listingId);
    }

    /// <summary>Listings of one model in one cluster are created and resized one after the other, so that they cannot pass the inventory together.</summary>
    private Task LockModelAsync(string clusterId, string? deviceModel, CancellationToken ct) =>
        db.TakeTurnAsync($"market.listing {clusterId} {deviceModel}", ct);

    /// <summary>Cards of the cluster's other listings of the model that are not withdrawn.</summary>
    private async Task<long> ListedElsewhereAsync(string clusterId, string? deviceModel, string? exceptId, CancellationToken ct) =>
        await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .Where(l => l.ClusterId == clusterId && l.DeviceModel == deviceModel && l.State != ListingState.Withdrawn && l.Id != exceptId)
            .SumAsync(l => (long)l.Cards, ct);

    private static Problem AboveInventory(string? model, int asked, long elsewhere, int live)
    {
        string what = model is null
            ? Plural.Write($"{live:processor core|processor cores}")
            : Plural.Write($"healthy {model} {live:card|cards}");
        string others = elsewhere > 0 ? Plural.Write($" and {elsewhere} of them {elsewhere:is|are} in other listings") : "";
        long room = Math.Max(0, live - elsewhere);
        return Problem.Invalid(
            "/cards",
            $"You offer {asked}, but the cluster has {live} {what}{others}.",
            room > 0 ? $"Offer at most {room}." : "Connect more capacity, or withdraw or shrink another listing of this cluster first."
        );
    }

    private void Announce(string partyId)
    {
        changes.Announce($"party:{partyId}");
        changes.Announce(Topics.Market);
    }
}

internal static class ListingFilters
{
    public static IQueryable<Listing> Matching(this IQueryable<Listing> rows, ListingQuery query)
    {
        if (query.State is { } state)
            rows = rows.Where(l => l.State == state);
        if (query.DeviceModel is { } model)
            rows = rows.Where(l => l.DeviceModel == model);
        if (query.ClusterId is { } cluster)
            rows = rows.Where(l => l.ClusterId == cluster);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = ListPages.Like(query.Search.Trim());
            rows = rows.Where(l =>
                EF.Functions.ILike(l.Title, like, ListPages.Escape)
                || EF.Functions.ILike(l.Id, like, ListPages.Escape)
                || (l.DeviceModel != null && EF.Functions.ILike(l.DeviceModel, like, ListPages.Escape))
            );
        }
        return rows;
    }
}
