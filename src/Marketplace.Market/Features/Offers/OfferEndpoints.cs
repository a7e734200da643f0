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

namespace Marketplace.Market.Features.Offers;

internal sealed record RequestAuthorization(string ListingId);

internal sealed record MarkupLimits(decimal MinMarkup, decimal MaxMarkup);

/// <param name="Plan">An empty one takes the plan away.</param>
internal sealed record ChangeOffer(decimal? Markup = null, PricePlan? Plan = null);

internal static class OfferEndpoints
{
    public static void MapOffers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/open-listings", OpenListings)
            .WithTags("Resale")
            .RequirePermission(Permission.OffersWrite)
            .WithSummary("List live listings you could ask to resell");
        var resale = api.MapGroup("/resale-authorizations").WithTags("Resale");
        resale
            .MapGet("", ListAuthorizations)
            .RequirePermission(Permission.SupplyRead)
            .WithSummary("List authorizations, as center or operator");
        resale.MapPost("", AskFor).RequirePermission(Permission.OffersWrite).WithSummary("Ask a center to let you resell a listing");
        resale
            .MapPost("/{authorizationId}:grant", Grant)
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary("Grant it, or change its markup limits");
        resale.MapPost("/{authorizationId}:decline", Decline).RequirePermission(Permission.SupplyWrite).WithSummary("Decline a request");
        resale
            .MapPost("/{authorizationId}:revoke", Revoke)
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary("Revoke it: its offers leave the shelf, contracts run on");

        var offers = api.MapGroup("/offers").WithTags("Offers");
        offers.MapGet("", ListOffers).RequirePermission(Permission.OffersWrite).WithSummary("List your offers");
        offers
            .MapPost("", CreateOffer)
            .RequirePermission(Permission.OffersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Offer an authorized listing at retail");
        offers.MapGet("/{offerId}", GetOffer).RequirePermission(Permission.MarketRead).WithSummary("Read an offer");
        offers
            .MapPatch("/{offerId}", Change)
            .RequirePermission(Permission.OffersWrite)
            .WithSummary("Change the markup or the price plan (If-Match)");
        MapState(offers, "publish", OfferState.OnSale, "Put it on sale");
        MapState(offers, "pause", OfferState.Paused, "Take it off the shelf for a while");
        MapState(offers, "resume", OfferState.OnSale, "Put it back on sale");
        MapState(offers, "withdraw", OfferState.Withdrawn, "Take it off the shelf for good; contracts run on");
    }

    private static void MapState(RouteGroupBuilder offers, string command, OfferState to, string summary) =>
        offers
            .MapPost(
                $"/{{offerId}}:{command}",
                async Task<ApiResult<OfferView>> (string offerId, IOffers desk, CancellationToken ct) =>
                    (await desk.ChangeStateAsync(offerId, to, ct)).ToResult(Tag)
            )
            .RequirePermission(Permission.OffersWrite)
            .WithSummary(summary);

    private static Task<ApiPage<ListingView>> OpenListings(
        [AsParameters] ListParameters list,
        string? deviceModel,
        IResale resale,
        CancellationToken ct
    ) =>
        list.PageOf(
            new ListingQuery { DeviceModel = deviceModel },
            ListRules.Sorted(Resale.Sorting.Fields),
            query => resale.OpenListingsAsync(query, ct)
        );

    private static async Task<ApiResult<IReadOnlyList<AuthorizationView>>> ListAuthorizations(IResale resale, CancellationToken ct) =>
        Outcome<IReadOnlyList<AuthorizationView>>.Ok(await resale.ListAsync(ct)).ToResult();

    private static async Task<ApiCreated<AuthorizationView>> AskFor(RequestAuthorization request, IResale resale, CancellationToken ct) =>
        (await resale.RequestAsync(request.ListingId, ct)).ToCreated(_ => "/api/v1/resale-authorizations", Tag);

    private static async Task<ApiResult<AuthorizationView>> Grant(
        string authorizationId,
        MarkupLimits request,
        IResale resale,
        CancellationToken ct
    )
    {
        AuthorizationView? row = (await resale.ListAsync(ct)).FirstOrDefault(a =>
            string.Equals(a.Id, authorizationId, StringComparison.Ordinal)
        );
        var granted = row switch
        {
            null => Problem.NotFound("authorisation", authorizationId),
            { State: AuthorizationState.Declined or AuthorizationState.Revoked } => Problem.Conflict(
                "illegal-transition",
                $"This authorisation is {row.State}. Authorise the operator on the listing instead."
            ),
            _ => await resale.GrantAsync(row.ListingId, row.OperatorId, request.MinMarkup, request.MaxMarkup, ct),
        };
        return granted.ToResult(Tag);
    }

    private static async Task<ApiResult<AuthorizationView>> Decline(string authorizationId, IResale resale, CancellationToken ct) =>
        (await resale.DeclineAsync(authorizationId, ct)).ToResult(Tag);

    private static async Task<ApiResult<AuthorizationView>> Revoke(string authorizationId, IResale resale, CancellationToken ct) =>
        (await resale.RevokeAsync(authorizationId, ct)).ToResult(Tag);

    private static Task<ApiPage<OfferView>> ListOffers(
        [AsParameters] ListParameters list,
        OfferState? state,
        IOffers offers,
        CancellationToken ct
    ) => list.PageOf(new OfferQuery { State = state }, ListRules.Sorted(Offers.Sorting.Fields), query => offers.ListAsync(query, ct));

    private static async Task<ApiCreated<OfferView>> CreateOffer(CreateOffer request, IOffers offers, CancellationToken ct) =>
        (await offers.CreateAsync(request, ct)).ToCreated(o => $"/api/v1/offers/{o.Id}", Tag);

    private static async Task<ApiResult<OfferView>> GetOffer(string offerId, IOffers offers, CancellationToken ct) =>
        (await offers.FindAsync(offerId, ct)).OrNotFound("offer", offerId, Tag);

    private static async Task<ApiResult<OfferView>> Change(
        string offerId,
        ChangeOffer body,
        HttpRequest request,
        IOffers offers,
        MarketplaceDbContext db,
        CancellationToken ct
    ) =>
        (
            await db.IfMatchAsync(
                request,
                LockedTable.Offer,
                offerId,
                () => offers.FindAsync(offerId, ct),
                o => o.Revision,
                () => offers.ChangePriceAsync(offerId, body.Markup, body.Plan, ct),
                ct
            )
        ).ToResult(Tag);

    private static string Tag(OfferView offer) => ETags.Of(offer.Revision);

    private static string Tag(AuthorizationView authorization) => ETags.Of(authorization.Revision);
}
