using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Market.Features.Supply;

internal sealed record ResizeListing(int Cards);

internal sealed record AddPriceVersion(decimal PricePerCardHour, DateTimeOffset? EffectiveFrom = null);

internal sealed record AuthorizeOperator(string OperatorId, decimal MinMarkup, decimal MaxMarkup);

internal static class SupplyEndpoints
{
    public static void MapSupply(this IEndpointRouteBuilder api)
    {
        var sites = api.MapGroup("/sites").WithTags("Sites");
        sites.MapGet("", ListSites).RequirePermission(Permission.SupplyRead).WithSummary("List your sites");
        sites.MapPost("", CreateSite).RequirePermission(Permission.SupplyWrite).WithSummary("Add a site");
        sites.MapGet("/{siteId}", GetSite).RequirePermission(Permission.MarketRead).WithSummary("Read a site");

        var listings = api.MapGroup("/listings").WithTags("Listings");
        listings.MapGet("", ListListings).RequirePermission(Permission.SupplyRead).WithSummary("List your listings");
        listings
            .MapPost("", CreateListing)
            .RequirePermission(Permission.SupplyWrite)
            .RequireIdempotencyKey()
            .WithSummary("List capacity of a cluster at a wholesale price");
        listings.MapGet("/{listingId}", GetListing).RequirePermission(Permission.SupplyRead).WithSummary("Read a listing");
        listings.MapPatch("/{listingId}", Resize).RequirePermission(Permission.SupplyWrite).WithSummary("Change the quantity (If-Match)");
        listings
            .MapGet("/{listingId}/price-versions", ListPrices)
            .RequirePermission(Permission.SupplyRead)
            .WithSummary("Read every version of the price");
        listings
            .MapPost("/{listingId}/price-versions", AddPrice)
            .RequirePermission(Permission.SupplyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Add a price version, now or from a date");
        listings
            .MapPost("/{listingId}:authorize", Authorize)
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary("Let an operator resell it, within markup limits");
        MapState(listings, "publish", ListingState.Live, "Put it on the market");
        MapState(listings, "pause", ListingState.Paused, "Take it off the market for a while");
        MapState(listings, "resume", ListingState.Live, "Put it back on the market");
        MapState(listings, "withdraw", ListingState.Withdrawn, "Take it off the market for good; contracts run on");

        api.MapGet("/price-suggestions", Suggest)
            .WithTags("Listings")
            .RequirePermission(Permission.SupplyRead)
            .WithSummary("What the market asks for a chip in a region");
    }

    private static void MapState(RouteGroupBuilder listings, string command, ListingState to, string summary) =>
        listings
            .MapPost(
                $"/{{listingId}}:{command}",
                async Task<ApiResult<ListingView>> (string listingId, ISupply supply, CancellationToken ct) =>
                    (await supply.ChangeStateAsync(listingId, to, ct)).ToResult(Tag)
            )
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary(summary);

    private static async Task<ApiResult<IReadOnlyList<SiteView>>> ListSites(ISupply supply, CancellationToken ct) =>
        Outcome<IReadOnlyList<SiteView>>.Ok(await supply.SitesAsync(ct)).ToResult();

    private static async Task<ApiCreated<SiteView>> CreateSite(CreateSite request, ISupply supply, CancellationToken ct) =>
        (await supply.CreateSiteAsync(request, ct)).ToCreated(s => $"/api/v1/sites/{s.Id}");

    private static async Task<ApiResult<SiteView>> GetSite(string siteId, ISupply supply, CancellationToken ct) =>
        (await supply.FindSiteAsync(siteId, ct)).OrNotFound("site", siteId);

    private static Task<ApiPage<ListingView>> ListListings(
        [AsParameters] ListParameters list,
        ListingState? state,
        string? deviceModel,
        string? clusterId,
        ISupply supply,
        CancellationToken ct
    ) =>
        list.PageOf(
            new ListingQuery
            {
                State = state,
                DeviceModel = deviceModel,
                ClusterId = clusterId,
            },
            ListRules.Sorted(Supply.Sorting.Fields),
            query => supply.ListingsAsync(query, ct)
        );

    private static async Task<ApiCreated<ListingView>> CreateListing(CreateListing request, ISupply supply, CancellationToken ct) =>
        (await supply.CreateListingAsync(request, ct)).ToCreated(l => $"/api/v1/listings/{l.Id}", Tag);

    private static async Task<ApiResult<ListingView>> GetListing(string listingId, ISupply supply, CancellationToken ct) =>
        (await supply.FindListingAsync(listingId, ct)).OrNotFound("listing", listingId, Tag);

    private static async Task<ApiResult<ListingView>> Resize(
        string listingId,
        ResizeListing body,
        HttpRequest request,
        ISupply supply,
        MarketplaceDbContext db,
        CancellationToken ct
    ) =>
        (
            await db.IfMatchAsync(
                request,
                LockedTable.Listing,
                listingId,
                () => supply.FindListingAsync(listingId, ct),
                l => l.Revision,
                () => supply.ResizeAsync(listingId, body.Cards, ct),
                ct
            )
        ).ToResult(Tag);

    private static async Task<ApiResult<IReadOnlyList<PriceVersionView>>> ListPrices(string listingId, ISupply supply, CancellationToken ct)
    {
        var prices = await supply.PricesAsync(listingId, ct);
        return (prices.Count == 0 ? null : prices).OrNotFound("listing", listingId);
    }

    private static async Task<ApiCreated<ListingView>> AddPrice(
        string listingId,
        AddPriceVersion request,
        ISupply supply,
        CancellationToken ct
    ) =>
        (await supply.ChangePriceAsync(listingId, request.PricePerCardHour, request.EffectiveFrom, ct)).ToCreated(
            l => $"/api/v1/listings/{l.Id}/price-versions",
            Tag
        );

    private static async Task<ApiResult<AuthorizationView>> Authorize(
        string listingId,
        AuthorizeOperator request,
        IResale resale,
        CancellationToken ct
    ) =>
        (await resale.GrantAsync(listingId, request.OperatorId, request.MinMarkup, request.MaxMarkup, ct)).ToResult(a =>
            ETags.Of(a.Revision)
        );

    private static async Task<ApiResult<PriceSuggestion>> Suggest(
        string? deviceModel,
        string region,
        string currency,
        ISupply supply,
        CancellationToken ct
    ) =>
        Currency.TryParse(currency) is { } known
            ? Outcome<PriceSuggestion>.Ok(await supply.SuggestPriceAsync(deviceModel, region, known, ct)).ToResult()
            : Outcome<PriceSuggestion>
                .Fail(Problem.Invalid("?currency", $"'{currency}' is not supported.", $"Use one of {string.Join(", ", Currency.All)}."))
                .ToResult();

    private static string Tag(ListingView listing) => ETags.Of(listing.Revision);
}
