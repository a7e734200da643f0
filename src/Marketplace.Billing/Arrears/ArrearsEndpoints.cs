using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Arrears;

/// <summary>REST: who is past due. A customer reads its own, the network desk all.</summary>
internal static class ArrearsEndpoints
{
    public static IEndpointRouteBuilder MapArrears(this IEndpointRouteBuilder api)
    {
        var arrears = api.MapGroup("/arrears").WithTags("Arrears");
        arrears.MapGet("", List).RequirePermission(Permission.MoneyRead).WithSummary("List what is past due and what follows");
        arrears
            .MapPost("/{arrearsId}:give-time", GiveTime)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Move the next step to a later time");
        return api;
    }

    private static Task<ApiPage<ArrearsView>> List(
        [AsParameters] ListParameters list,
        ArrearsState? state,
        bool? open,
        IArrears arrears,
        CancellationToken ct
    ) =>
        list.PageOf(
            new ArrearsQuery { State = state, Open = open ?? false },
            ListRules.ByKey(ArrearsDesk.Sorting),
            query => arrears.ListAsync(query, ct)
        );

    private static async Task<ApiResult<ArrearsView>> GiveTime(
        string arrearsId,
        GiveTimeRequest request,
        IArrears arrears,
        CancellationToken ct
    ) => (await arrears.GiveTimeAsync(arrearsId, request, ct)).ToResult();
}
