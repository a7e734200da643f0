using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Features.Customers.Explore;

/// <summary>Chips down, sites across; a cell is the cheapest offer of a chip at a site.</summary>
public sealed record CapacityMatrix(IReadOnlyList<SiteView> Sites, IReadOnlyList<MatrixRow> Rows)
{
    public static readonly CapacityMatrix Empty = new([], []);

    /// <summary>Rows are ordered by price of work when a work is chosen, else by price per hour; tints follow the same figure.</summary>
    public static CapacityMatrix Of(SearchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var sites = result
            .Matches.Select(m => m.Offer.Site)
            .DistinctBy(s => s.Id, StringComparer.Ordinal)
            .OrderBy(s => s.Tier)
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .ToList();
        bool byWork = result.Work is not null;
        var figures = result
            .Matches.Where(m => m.Offer.DeviceModel is not null)
            .Select(m => FigureOf(m, byWork))
            .OfType<decimal>()
            .Order()
            .ToList();
        var rows = result
            .Matches.GroupBy(m => m.Offer.DeviceModel ?? "", StringComparer.Ordinal)
            .Select(g => RowOf([.. g], sites, byWork, figures))
            // Cores are sold beside cards, not instead of them.
            .OrderBy(r => r.Model is null)
            .ThenBy(r => r.Best ?? decimal.MaxValue)
            .ThenBy(r => r.Model, StringComparer.Ordinal)
            .ToList();
        return new CapacityMatrix(sites, rows);
    }

    private static MatrixRow RowOf(IReadOnlyList<OfferMatch> offers, IReadOnlyList<SiteView> sites, bool byWork, List<decimal> figures)
    {
        decimal? best = offers.Select(m => FigureOf(m, byWork)).Min();
        var cells = sites
            .Select(site =>
                offers
                    .Where(m => m.Offer.Site.Id == site.Id)
                    .OrderByDescending(m => m.Offer.FreeCards > 0)
                    .ThenBy(m => m.Offer.PricePerCardHour)
                    .FirstOrDefault()
                    is { } match
                    ? new MatrixCell(match, Heat(FigureOf(match, byWork), figures), FigureOf(match, byWork) == best)
                    : null
            )
            .ToList();
        string currency = offers[0].Offer.Currency;
        var prices = offers.Where(m => m.Offer.Currency == currency).Select(m => m.Prices).ToList();
        return new MatrixRow(offers[0].Offer.DeviceModel, offers[0], best, cells, prices);
    }

    private static decimal? FigureOf(OfferMatch match, bool byWork) => byWork ? match.PricePerWork : match.Offer.PricePerCardHour;

    // Quartiles of what is on the screen: deeper is cheaper.
    private static int Heat(decimal? figure, List<decimal> figures)
    {
        if (figure is null || figures.Count == 0)
            return 1;
        int below = figures.Count(f => f < figure);
        return 4 - Math.Min(3, below * 4 / figures.Count);
    }
}

/// <param name="Model">null for processor cores.</param>
/// <param name="Best">The row's lowest figure; null when nobody measured it.</param>
/// <param name="Prices">What each of its offers cost and costs, in the sample's currency.</param>
public sealed record MatrixRow(
    string? Model,
    OfferMatch Sample,
    decimal? Best,
    IReadOnlyList<MatrixCell?> Cells,
    IReadOnlyList<IReadOnlyList<PricePoint>> Prices
);

/// <param name="Heat">1 (dear) to 4 (cheap).</param>
public sealed record MatrixCell(OfferMatch Match, int Heat, bool IsBest);
