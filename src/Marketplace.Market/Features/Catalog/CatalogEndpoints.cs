using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Market.Features.Catalog;

internal static class CatalogEndpoints
{
    public static void MapCatalog(this IEndpointRouteBuilder api)
    {
        api.MapPost("/searches", Search)
            .WithTags("Search")
            .RequirePermission(Permission.MarketRead)
            .WithSummary("Search what is on sale, by filters, price per card-hour and price per unit of work");
        api.MapGet("/works", Works)
            .WithTags("Search")
            .RequirePermission(Permission.MarketRead)
            .WithSummary("List kinds of work with measured throughput per chip and its source");
        api.MapGet("/works/{work}/chips", Chips)
            .WithTags("Search")
            .RequirePermission(Permission.MarketRead)
            .WithSummary("Compare the chips that can do a kind of work by today's price of the work");
    }

    private static async Task<ApiResult<SearchResult>> Search(OfferSearch request, IMarketCatalog catalog, CancellationToken ct)
    {
        List<FieldError> errors = [];
        if (request.Work is not null && catalog.Works.All(w => !string.Equals(w.Key, request.Work, StringComparison.Ordinal)))
            errors.Add(
                new FieldError(
                    "/work",
                    $"There is no kind of work '{request.Work}'.",
                    $"Use one of: {string.Join(", ", catalog.Works.Select(w => w.Key))}."
                )
            );
        if (!string.IsNullOrEmpty(request.Sort) && !SearchOrder.Fields.Contains(request.Sort.TrimStart('-'), StringComparer.Ordinal))
            errors.Add(
                new FieldError(
                    "/sort",
                    $"A search cannot be sorted by '{request.Sort}'.",
                    $"Use one of {string.Join(", ", SearchOrder.Fields)}, with a leading minus to reverse."
                )
            );
        if (request.Limit is < 0 or > MarketCatalog.MaxMatches)
            errors.Add(new FieldError("/limit", $"The limit is {request.Limit}.", $"Use 0 to {MarketCatalog.MaxMatches}."));
        return errors.Count > 0
            ? Outcome<SearchResult>.Fail(Problem.Invalid(errors)).ToResult()
            : Outcome<SearchResult>.Ok(await catalog.SearchAsync(request, ct)).ToResult();
    }

    private static async Task<ApiResult<ChipComparison>> Chips(
        string work,
        string currency,
        ContractClass? @class,
        IMarketCatalog catalog,
        CancellationToken ct
    ) => (await catalog.CompareChipsAsync(work, currency, @class ?? ContractClass.OnDemand, ct)).ToResult();

    private static ApiResult<IReadOnlyList<WorkView>> Works(IMarketCatalog catalog) =>
        Outcome<IReadOnlyList<WorkView>>.Ok(catalog.Works).ToResult();
}
