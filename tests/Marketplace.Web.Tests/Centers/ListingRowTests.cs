using Marketplace.Market.Contracts;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Features.Centers.Listings;

namespace Marketplace.Web.Tests.Centers;

/// <summary>A price beside the market, and the weeks of earnings.</summary>
public sealed class ListingRowTests
{
    [Theory]
    [InlineData(5.00, 5.00, 3, ListingState.Live, null, false)]
    [InlineData(5.04, 5.00, 3, ListingState.Live, null, false)]
    [InlineData(6.00, 5.00, 3, ListingState.Live, 5.00, true)]
    [InlineData(4.00, 5.00, 3, ListingState.Live, 5.00, false)]
    [InlineData(4.00, 5.00, 3, ListingState.Withdrawn, null, false)]
    // One live listing of the market is this one itself; a draft is not on the market yet.
    [InlineData(6.00, 6.00, 1, ListingState.Live, null, false)]
    [InlineData(6.00, 5.00, 1, ListingState.Draft, 5.00, true)]
    public void The_median_is_suggested_when_it_would_change_something(
        double price,
        double median,
        int listings,
        ListingState state,
        double? suggested,
        bool above
    )
    {
        var market = new PriceSuggestion("A100", "CNY", (decimal)median, (decimal)median, (decimal)median, listings);

        var row = new ListingRow(CenterSamples.Listing((decimal)price, state), null, market);

        Assert.Equal((decimal?)suggested, row.Suggested);
        Assert.Equal(above, row.IsAboveMarket);
        Assert.Equal(0.25, row.InUse);
    }

    [Fact]
    public void Without_a_market_nothing_is_suggested()
    {
        var row = new ListingRow(CenterSamples.Listing(5), null, new PriceSuggestion("A100", "CNY", null, null, null, 0));

        Assert.Null(row.ToMedian);
        Assert.Null(row.Suggested);
    }

    [Theory]
    [InlineData("2026-11-16T00:00:00Z", "2026-11-16")]
    [InlineData("2026-11-22T23:59:59Z", "2026-11-16")]
    [InlineData("2026-11-23T00:30:00+08:00", "2026-11-16")]
    [InlineData("2026-11-23T00:00:00Z", "2026-11-23")]
    public void Weeks_begin_on_monday_in_utc(string moment, string monday) =>
        Assert.Equal(
            DateTimeOffset.Parse(monday + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture),
            CenterEarnings.MondayOf(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture))
        );
}
