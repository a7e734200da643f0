using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Parties;

internal sealed record DecideParty(PartyState State, string? Reason = null);

internal static class PartyEndpoints
{
    public static void MapParties(this IEndpointRouteBuilder api)
    {
        var centers = api.MapGroup("/centers").WithTags("Centers");
        centers.MapGet("", ListCenters).RequirePermission(Permission.MarketRead).WithSummary("List approved compute centers");
        centers.MapGet("/{centerId}", GetCenter).RequirePermission(Permission.MarketRead).WithSummary("Read an approved compute center");

        var organizations = api.MapGroup("/organizations").WithTags("Organizations");
        organizations
            .MapGet("", ListOrganizations)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List organizations (network desk)");
        organizations
            .MapPost("/{organizationId}:decide", Decide)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Approve, decline, suspend or reinstate an organization (network desk)");
    }

    private static Task<ApiPage<PartyView>> ListCenters(
        [AsParameters] ListParameters list,
        MarketplaceDbContext db,
        ActorContext actor,
        CancellationToken ct
    ) =>
        list.PageOf(
            new PageQuery(),
            ListRules.Sorted(Parties.Sorting.Fields),
            query =>
            {
                var rows = db.Set<MarketParty>()
                    .AsNoTracking()
                    .Where(p => p.State == PartyState.Approved && (p.Kinds & PartyKinds.Center) != PartyKinds.None);
                if (!string.IsNullOrWhiteSpace(query.Search))
                {
                    string like = ListPages.Like(query.Search.Trim());
                    rows = rows.Where(p => EF.Functions.ILike(p.Name, like, ListPages.Escape));
                }
                return rows.PageAsync(
                    query,
                    Parties.Sorting,
                    page => Task.FromResult<IReadOnlyList<PartyView>>([.. page.Select(p => p.View(actor.Current))]),
                    ct
                );
            }
        );

    private static async Task<ApiResult<PartyView>> GetCenter(string centerId, IParties parties, CancellationToken ct) =>
        (
            await parties.FindAsync(centerId, ct) is { State: PartyState.Approved } party && party.Kinds.HasFlag(PartyKinds.Center)
                ? party
                : null
        ).OrNotFound("center", centerId);

    private static Task<ApiPage<PartyView>> ListOrganizations(
        [AsParameters] ListParameters list,
        PartyState? state,
        IParties parties,
        CancellationToken ct
    ) => list.PageOf(new PartyQuery { State = state }, ListRules.Sorted(Parties.Sorting.Fields), query => parties.ListAsync(query, ct));

    private static async Task<ApiResult<PartyView>> Decide(
        string organizationId,
        DecideParty request,
        IParties parties,
        CancellationToken ct
    ) => (await parties.DecideAsync(organizationId, request.State, request.Reason ?? "", ct)).ToResult(p => ETags.Of(p.Revision));
}
