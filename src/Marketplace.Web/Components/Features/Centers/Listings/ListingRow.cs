using Marketplace.Market.Contracts;
using Marketplace.Web.Components.Shared;

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>A listing beside what the market asks for the same chip in the same region.</summary>
public sealed record ListingRow(ListingView Listing, SiteView? Site, PriceSuggestion Market)
{
    // Prices within one percent of the median are in line with it.
    private const decimal InLine = 0.01m;

    /// <summary>From here on above the median, buyers will mostly look elsewhere.</summary>
    private const decimal Dear = 0.05m;

    /// <summary>Nobody else lists this chip in the region: there is nothing to compare with.</summary>
    public bool IsAlone => Market.Listings - (Listing.State is ListingState.Live ? 1 : 0) <= 0;

    /// <summary>How far the price is from the market's median, as a fraction; null when nobody else sells this.</summary>
    public decimal? ToMedian => !IsAlone && Market.Median is { } median and > 0 ? (Listing.PricePerCardHour - median) / median : null;

    /// <summary>The median, when using it would change anything.</summary>
    public decimal? Suggested =>
        ToMedian is { } off && Math.Abs(off) > InLine && Listing.State is not ListingState.Withdrawn ? Market.Median : null;

    public bool IsAboveMarket => ToMedian > Dear;

    public double InUse => Listing.Cards == 0 ? 0 : (double)Listing.SoldCards / Listing.Cards;
}

/// <summary>How the states of a listing look.</summary>
internal static class ListingTones
{
    public static Tone Of(ListingState state) =>
        state switch
        {
            ListingState.Live => Tone.Running,
            ListingState.Paused => Tone.Waiting,
            ListingState.Withdrawn => Tone.Ended,
            _ => Tone.Neutral,
        };

    public static Tone Of(AuthorizationState state) =>
        state switch
        {
            AuthorizationState.Granted => Tone.Running,
            AuthorizationState.Requested => Tone.Waiting,
            _ => Tone.Ended,
        };
}

/// <summary>Listings with the market beside them.</summary>
internal static class ListingMarket
{
    /// <summary>One question to the market per chip, region and currency.</summary>
    public static async Task<IReadOnlyList<ListingRow>> RowsAsync(ISupply supply, IReadOnlyList<ListingView> listings, CancellationToken ct)
    {
        var sites = (await supply.SitesAsync(ct)).ToDictionary(s => s.Id, StringComparer.Ordinal);
        var asked = new Dictionary<(string?, string, string), PriceSuggestion>();
        var rows = new List<ListingRow>(listings.Count);
        foreach (ListingView listing in listings)
        {
            SiteView? site = sites.GetValueOrDefault(listing.SiteId);
            var key = (listing.DeviceModel, site?.Region ?? "", listing.Currency);
            if (!asked.TryGetValue(key, out PriceSuggestion? market))
            {
                var currency = Platform.Monetary.Currency.Parse(listing.Currency);
                market = await supply.SuggestPriceAsync(key.DeviceModel, key.Item2, currency, ct);
                asked.Add(key, market);
            }
            rows.Add(new ListingRow(listing, site, market));
        }
        return rows;
    }
}
