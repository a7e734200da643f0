using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Market.Features.Supply;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Offers;

/// <summary>Offers as the acting party may see them: wholesale only for the operator, the center's name unless it is hidden.</summary>
internal sealed class OfferViews(MarketplaceDbContext db, ActorContext actor, ListingViews listings)
{
    public async Task<OfferView> OfAsync(MarketOffer row, CancellationToken ct) => (await OfAsync([row], ct))[0];

    public async Task<IReadOnlyList<OfferView>> OfAsync(IReadOnlyList<MarketOffer> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return [];
        string[] listingIds = [.. rows.Select(o => o.ListingId).Distinct(StringComparer.Ordinal)];
        var sources = await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(l => listingIds.Contains(l.Id))
            .ToListAsync(ct);
        string[] siteIds = [.. sources.Select(l => l.SiteId).Distinct(StringComparer.Ordinal)];
        var sites = await db.Set<MarketSite>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(s => siteIds.Contains(s.Id))
            .ToDictionaryAsync(s => s.Id, StringComparer.Ordinal, ct);
        string[] partyIds = [.. rows.Select(o => o.PartyId).Concat(sources.Select(l => l.PartyId)).Distinct(StringComparer.Ordinal)];
        var names = await db.Set<MarketParty>()
            .Where(p => partyIds.Contains(p.Id))
            .ToDictionaryAsync(p => p.Id, p => p.Name, StringComparer.Ordinal, ct);
        var bySource = (await listings.OfAsync(sources, ct)).ToDictionary(l => l.Id, StringComparer.Ordinal);
        var rowsById = sources.ToDictionary(l => l.Id, StringComparer.Ordinal);
        return
        [
            .. rows.Select(o =>
            {
                ListingView view = bySource[o.ListingId];
                Listing row = rowsById[o.ListingId];
                return OfferShape.View(
                    o,
                    row,
                    sites[row.SiteId],
                    names[o.PartyId],
                    names[row.PartyId],
                    view.PricePerCardHour,
                    view.FreeCards,
                    actor.Current
                );
            }),
        ];
    }
}

/// <summary>The one place that decides who sees which columns of an offer.</summary>
internal static class OfferShape
{
    public static OfferView View(
        MarketOffer offer,
        Listing listing,
        MarketSite site,
        string operatorName,
        string centerName,
        decimal wholesale,
        int freeCards,
        Actor actor
    )
    {
        bool trade = actor.SeesAll || actor.PartyId == offer.PartyId;
        bool showCenter = trade || !offer.WhiteLabel || actor.PartyId == listing.PartyId;
        return new OfferView(
            offer.Id,
            offer.PartyId,
            operatorName,
            listing.Id,
            showCenter ? centerName : null,
            site.View(showCenter),
            listing.ClusterId,
            offer.Title,
            listing.DeviceModel,
            listing.DeviceVendor,
            listing.DeviceStack,
            listing.DeviceMemoryMib,
            Pricing.Retail(wholesale, offer.Markup),
            listing.Currency,
            trade ? wholesale : null,
            trade ? Pricing.Plain(offer.Markup) : null,
            offer.Classes,
            listing.Cards,
            freeCards,
            listing.MinCards,
            listing.AllowShared,
            Pricing.Plain(listing.Sla),
            offer.State,
            offer.CreatedAt
        )
        {
            Revision = offer.Revision,
            Plan = offer.Plan,
        };
    }
}
