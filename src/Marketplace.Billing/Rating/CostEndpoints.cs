using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Rating;

/// <summary>REST: costs and earnings by group.</summary>
internal static class CostEndpoints
{
    public static void MapCosts(this IEndpointRouteBuilder api) =>
        api.MapGroup("")
            .WithTags("Money")
            .MapGet("/costs", Report)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Add up your costs or earnings of a period by day, chip, project, bundle or another group");

    private static async Task<ApiResult<CostReport>> Report(
        string by,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        string? side,
        bool? daily,
        ICosts costs,
        CancellationToken ct
    ) => (await costs.ReportAsync(new CostQuery(by, currency, from, to) { Side = side, Daily = daily ?? false }, ct)).ToResult();
}
