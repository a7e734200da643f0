using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Market.Features.Catalog;

/// <summary>What can be bought now. One file per question; this one holds the terms of a trade and what the others share.</summary>
internal sealed partial class MarketCatalog(
    CatalogCache cache,
    LiveClusters liveClusters,
    SnapshotCache snapshots,
    SoldDemand sold,
    WorkCatalog works,
    IClusterSupply clusters,
    MarketplaceDbContext db,
    ActorContext actor,
    TimeProvider time,
    IOptionsMonitor<MarketOptions> options,
    ILogger<MarketCatalog> log
) : IMarketCatalog
{
    public IReadOnlyList<WorkView> Works => works.All;

    public async Task<Outcome<TradeTerms>> TermsAsync(string offerId, ContractClass contractClass, CancellationToken ct) =>
        Terms(await cache.CurrentAsync(ct), offerId, contractClass, time.GetUtcNow()).Map(o => o.Terms);

    public async Task<IReadOnlyDictionary<string, Outcome<OfferTerms>>> TermsAsync(
        IReadOnlyCollection<string> offerIds,
        ContractClass contractClass,
        CancellationToken ct
    )
    {
        CatalogState state = await cache.CurrentAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        return offerIds
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(id => id, id => Terms(state, id, contractClass, now), StringComparer.Ordinal);
    }

    private Outcome<OfferTerms> Terms(CatalogState state, string offerId, ContractClass contractClass, DateTimeOffset now)
    {
        if (state.Offers.GetValueOrDefault(offerId) is not { } offer)
            return Problem.NotFound("offer", offerId);
        if (!offer.MaySell || offer.PriceAt(now) is not { } price)
            return Problem.Conflict("offer-not-on-sale", $"'{offer.Offer.Title}' is not on sale at the moment. Choose another offer.");
        if (!offer.Offer.Classes.Contains(contractClass))
        {
            return Problem.Invalid(
                "/class",
                $"'{offer.Offer.Title}' is not sold as {contractClass}.",
                $"Choose one of {string.Join(", ", offer.Offer.Classes)}."
            );
        }
        Listing listing = state.ListingOf(offer);
        MarketOptions rates = options.CurrentValue;
        // The operator is the seller and accounts for the tax where it is established.
        string country = offer.Operator.Country;
        var terms = new TradeTerms(
            offer.Offer.Id,
            listing.Id,
            price.Version.Version,
            offer.Operator.Id,
            offer.Center.Id,
            offer.Site.Id,
            listing.ClusterId,
            listing.Currency,
            price.Retail,
            price.Version.PricePerCardHour,
            rates.CommissionRate,
            rates.TaxRate(country),
            country
        )
        {
            Plan = offer.Offer.Plan,
        };
        return new OfferTerms(terms, offer.Offer.Title, offer.Operator.Name, offer.Site.View(showCenter: false), offer.Offer.WhiteLabel);
    }

    public async Task<Outcome<TradeRates>> RatesAsync(CancellationToken ct)
    {
        string me = actor.Current.PartyId;
        return await db.Set<MarketParty>().Where(p => p.Id == me).Select(p => p.Country).FirstOrDefaultAsync(ct) is { } country
            ? new TradeRates(options.CurrentValue.CommissionRate, options.CurrentValue.TaxRate(country), country)
            : Problem.NotFound("organisation", me);
    }

    /// <summary>Live clusters of some offers; clusters that cannot take new work are left out.</summary>
    private async Task<Dictionary<string, LiveCluster>> LiveAsync(CatalogState state, IEnumerable<string> clusterIds, CancellationToken ct)
    {
        var live = new Dictionary<string, LiveCluster>(StringComparer.Ordinal);
        foreach (string id in clusterIds.Distinct(StringComparer.Ordinal))
        {
            if (await clusters.FindAsync(id, ct) is { } supply)
                live.Add(id, liveClusters.Get(supply, state.Uses.GetValueOrDefault(id), state.SharedModels(id)));
        }
        return live;
    }
}
