using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Supply;

/// <summary>Billing's view of where contracts run and on what: the contract's own site, and its offer's device.</summary>
internal sealed class ContractPlaces(MarketplaceDbContext db, ISupply supply, IOffers offers) : IContractPlaces
{
    private const decimal WholeCardMilli = 1000;

    public async Task<IReadOnlyDictionary<string, ContractPlace>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        CancellationToken ct
    )
    {
        var contracts = await db.Set<Contract>().AsNoTracking().Where(c => contractIds.Contains(c.Id)).ToListAsync(ct);
        var sites = new Dictionary<string, SiteView?>(StringComparer.Ordinal);
        foreach (string siteId in contracts.Select(c => c.SiteId).Distinct(StringComparer.Ordinal))
            sites[siteId] = await supply.FindSiteAsync(siteId, ct);
        var sold = new Dictionary<string, OfferView?>(StringComparer.Ordinal);
        foreach (string offerId in contracts.Select(c => c.Plan.Terms.OfferId).Distinct(StringComparer.Ordinal))
            sold[offerId] = await offers.FindAsync(offerId, ct);
        return contracts.ToDictionary(
            c => c.Id,
            c =>
            {
                SiteView? site = sites[c.SiteId];
                OfferView? offer = sold[c.Plan.Terms.OfferId];
                return new ContractPlace(
                    site?.Region,
                    site?.Region,
                    site?.Tier.ToString().ToLowerInvariant(),
                    offer?.Vendor,
                    c.DeviceModel is null ? null : c.Plan.Workload.ComputeMilli / WholeCardMilli,
                    offer is { CenterName: null }
                );
            },
            StringComparer.Ordinal
        );
    }
}
