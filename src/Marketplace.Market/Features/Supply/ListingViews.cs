using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Supply;

/// <summary>
/// Listings as people see them: the price of now, and what is free, which is never more than the cluster really has. Reads across parties:
/// whoever asks has decided which listings may be seen.
/// </summary>
internal sealed class ListingViews(MarketplaceDbContext db, TimeProvider time, IClusterSupply clusters)
{
    public async Task<ListingView> OfAsync(Listing row, CancellationToken ct) => (await OfAsync([row], ct))[0];

    public async Task<IReadOnlyList<ListingView>> OfAsync(IReadOnlyList<Listing> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return [];
        string[] listingIds = [.. rows.Select(l => l.Id)];
        string[] clusterIds = [.. rows.Select(l => l.ClusterId).Distinct(StringComparer.Ordinal)];
        var prices = (
            await db.Set<PriceVersion>()
                .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
                .AsNoTracking()
                .Where(p => listingIds.Contains(p.ListingId))
                .ToListAsync(ct)
        ).ToLookup(p => p.ListingId, StringComparer.Ordinal);
        var loads = (
            await db.Set<Listing>()
                .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
                .Where(l => clusterIds.Contains(l.ClusterId))
                .GroupBy(l => new { l.ClusterId, l.DeviceModel })
                .Select(g => new
                {
                    g.Key.ClusterId,
                    g.Key.DeviceModel,
                    Listed = g.Sum(l => l.State == ListingState.Withdrawn ? 0L : l.Cards),
                    CommittedMilli = g.Sum(l => l.SoldMilli + l.HeldMilli),
                })
                .ToListAsync(ct)
        ).ToDictionary(g => (g.ClusterId, g.DeviceModel), g => new Load(g.Listed, g.CommittedMilli));
        var live = new Dictionary<(string, string?), int>();
        foreach (var key in loads.Keys.Intersect(rows.Select(l => (l.ClusterId, l.DeviceModel))))
            live[key] = await clusters.CapacityAsync(key.ClusterId, key.DeviceModel, ct);
        DateTimeOffset now = time.GetUtcNow();
        return
        [
            .. rows.Select(row =>
                View(
                    row,
                    [.. prices[row.Id]],
                    loads.GetValueOrDefault((row.ClusterId, row.DeviceModel)),
                    live.GetValueOrDefault((row.ClusterId, row.DeviceModel)),
                    now
                )
            ),
        ];
    }

    private static ListingView View(Listing row, IReadOnlyList<PriceVersion> prices, Load load, int liveCards, DateTimeOffset now)
    {
        PriceVersion price =
            Pricing.At(prices, now)
            ?? prices.MinBy(p => p.Version)
            ?? throw new InvalidOperationException($"Listing {row.Id} has no price.");
        long freeMilli = Math.Min(
            ((long)row.Cards * Listing.MilliPerCard) - row.SoldMilli - row.HeldMilli,
            ((long)liveCards * Listing.MilliPerCard) - load.CommittedMilli
        );
        return new ListingView(
            row.Id,
            row.PartyId,
            row.SiteId,
            row.ClusterId,
            row.Title,
            row.DeviceModel,
            row.Cards,
            Listing.CardsUp(row.SoldMilli),
            Listing.CardsUp(row.HeldMilli),
            row.State == ListingState.Withdrawn ? 0 : Listing.CardsDown(freeMilli),
            row.MinCards,
            Pricing.Plain(price.PricePerCardHour),
            row.Currency,
            row.Classes,
            Pricing.Plain(row.Sla),
            row.AllowShared,
            row.State,
            price.Version,
            row.CreatedAt
        )
        {
            ShortCards = row.State == ListingState.Withdrawn ? 0 : (int)Math.Clamp(load.Listed - liveCards, 0, row.Cards),
            Revision = row.Revision,
        };
    }

    /// <summary>What all listings of one model in one cluster add up to.</summary>
    private readonly record struct Load(long Listed, long CommittedMilli);
}
