using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Market.Features.Offers;

namespace Marketplace.Market.Features.Catalog;

internal sealed partial class MarketCatalog
{
    /// <summary>Most matches one search returns.</summary>
    public const int MaxMatches = 1000;

    public async Task<SearchResult> SearchAsync(OfferSearch search, CancellationToken ct)
    {
        CatalogState state = await cache.CurrentAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        WorkCatalog.Work? work = works.Find(search.Work);
        var filter = new OfferFilter(search);
        List<Candidate> candidates = [];
        foreach (CatalogOffer offer in state.OnSale)
        {
            Listing listing = state.ListingOf(offer);
            if (filter.Allows(offer, listing) && offer.PriceAt(now) is { } price && filter.AllowsPrice(price.Retail))
                candidates.Add(new Candidate(offer, listing, price.Version, price.Retail));
        }
        var live = await LiveAsync(state, candidates.Select(c => c.Listing.ClusterId), ct);
        List<Candidate> matches = new(candidates.Count);
        foreach (Candidate candidate in candidates)
        {
            if (!live.TryGetValue(candidate.Listing.ClusterId, out LiveCluster? cluster))
                continue;
            int free = Listing.CardsDown(state.FreeMilli(candidate.Listing, cluster));
            if (free < (search.MinFreeCards ?? 0))
                continue;
            double? throughput = work?.Throughput(candidate.Listing.DeviceModel);
            decimal? perWork = work is null ? null : Pricing.PerWork(candidate.Retail, throughput, work.View.PerUnits);
            matches.Add(candidate with { FreeCards = free, Throughput = throughput, PerWork = perWork });
        }
        SearchOrder.Sort(matches, search.Sort, oneCurrency: search.Currency is not null);
        return new SearchResult(
            [.. matches.Take(Math.Clamp(search.Limit, 0, MaxMatches)).Select(m => Match(m, work, now))],
            matches.Count,
            matches
                .Where(m => m.Listing.DeviceModel is not null)
                .DistinctBy(m => m.Listing.Id, StringComparer.Ordinal)
                .Sum(m => m.FreeCards),
            matches.Select(m => m.Offer.Site.Id).Distinct(StringComparer.Ordinal).Count(),
            matches.Select(m => m.Offer.Center.Id).Distinct(StringComparer.Ordinal).Count(),
            work?.View,
            now
        );
    }

    private OfferMatch Match(Candidate m, WorkCatalog.Work? work, DateTimeOffset now) =>
        new(
            OfferShape.View(
                m.Offer.Offer,
                m.Listing,
                m.Offer.Site,
                m.Offer.Operator.Name,
                m.Offer.Center.Name,
                m.Price.PricePerCardHour,
                m.FreeCards,
                actor.Current
            ),
            m.Throughput,
            m.PerWork,
            m.Throughput is null ? null : work?.SourceOf(m.Listing.DeviceModel)
        )
        {
            Prices = Pricing.History(m.Offer.Prices, m.Offer.Offer.Markup, m.Offer.Offer.CreatedAt, now),
        };
}

/// <summary>One offer on its way through a search.</summary>
internal sealed record Candidate(CatalogOffer Offer, Listing Listing, PriceVersion Price, decimal Retail)
{
    public int FreeCards { get; init; }
    public double? Throughput { get; init; }
    public decimal? PerWork { get; init; }
}

/// <summary>The filters of one search, compiled.</summary>
internal sealed class OfferFilter(OfferSearch search)
{
    private readonly string[] words = (search.Text ?? "")
        .ToLowerInvariant()
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    private readonly HashSet<string>? models = Set(search.DeviceModels);
    private readonly HashSet<string>? vendors = Set(search.Vendors);
    private readonly HashSet<string>? stacks = Set(search.Stacks);
    private readonly HashSet<string>? regions = Set(search.Regions);
    private readonly HashSet<string>? countries = Set(search.Countries);

    public bool Allows(CatalogOffer offer, Listing listing) =>
        In(models, listing.DeviceModel)
        && In(vendors, listing.DeviceVendor)
        && In(stacks, listing.DeviceStack)
        && In(regions, offer.Site.Region)
        && In(countries, offer.Site.Country)
        && (search.Tiers.Count == 0 || search.Tiers.Contains(offer.Site.Tier))
        && (search.Class is not { } wanted || offer.Offer.Classes.Contains(wanted))
        && (search.MinMemoryMib is not { } memory || listing.DeviceMemoryMib >= memory)
        && (search.Currency is not { } currency || string.Equals(listing.Currency, currency, StringComparison.Ordinal))
        && Array.TrueForAll(words, word => offer.Text.Contains(word, StringComparison.Ordinal));

    public bool AllowsPrice(decimal retail) => search.MaxPricePerCardHour is not { } most || retail <= most;

    private static HashSet<string>? Set(IReadOnlyList<string> values) =>
        values.Count == 0 ? null : new HashSet<string>(values, StringComparer.OrdinalIgnoreCase);

    private static bool In(HashSet<string>? wanted, string? value) => wanted is null || (value is not null && wanted.Contains(value));
}

/// <summary>The orders a search offers. Prices of different currencies do not compare, so without a currency filter they stay apart.</summary>
internal static class SearchOrder
{
    /// <summary>What <see cref="OfferSearch.Sort"/> may say, each also with a leading minus.</summary>
    public static readonly IReadOnlyList<string> Fields = ["work", "price", "free", "memory"];

    public static void Sort(List<Candidate> matches, string? sort, bool oneCurrency)
    {
        bool reverse = sort?.StartsWith('-') == true;
        string field = string.IsNullOrEmpty(sort) ? "work" : sort.TrimStart('-');
        Comparison<Candidate> order = field switch
        {
            "work" => (a, b) =>
                (a.PerWork ?? decimal.MaxValue).CompareTo(b.PerWork ?? decimal.MaxValue) is var c and not 0
                    ? c
                    : a.Retail.CompareTo(b.Retail),
            "price" => (a, b) => a.Retail.CompareTo(b.Retail),
            "free" => (a, b) => b.FreeCards.CompareTo(a.FreeCards),
            "memory" => (a, b) => (b.Listing.DeviceMemoryMib ?? 0).CompareTo(a.Listing.DeviceMemoryMib ?? 0),
            _ => throw new ArgumentException($"Cannot sort by '{sort}'. Use one of: {string.Join(", ", Fields)}.", nameof(sort)),
        };
        bool byPrice = field is "work" or "price";
        matches.Sort(
            (a, b) =>
            {
                int currency = byPrice && !oneCurrency ? string.CompareOrdinal(a.Listing.Currency, b.Listing.Currency) : 0;
                if (currency != 0)
                    return currency;
                int main = order(a, b);
                if (main != 0)
                    return reverse ? -main : main;
                return string.CompareOrdinal(a.Offer.Offer.Id, b.Offer.Offer.Id);
            }
        );
    }
}
