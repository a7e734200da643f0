using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.CreditLines;

/// <summary>REST: who may buy on invoice, and up to where. A customer reads its own, the network desk all.</summary>
internal static class CreditLineEndpoints
{
    public static void MapCreditLines(this IEndpointRouteBuilder api)
    {
        var lines = api.MapGroup("/credit-lines").WithTags("Money");
        lines.MapGet("", List).RequirePermission(Permission.MoneyRead).WithSummary("List credit lines and what is used of them");
        lines.MapPut("", Set).RequirePermission(Permission.PlatformWrite).WithSummary("Set up to where a customer buys on invoice");
    }

    private static Task<ApiPage<CreditLineView>> List([AsParameters] ListParameters list, ICreditLines lines, CancellationToken ct) =>
        list.PageOf(new PageQuery(), ListRules.ByKey(CreditLineDesk.Sorting), query => lines.ListAsync(query, ct));

    private static async Task<ApiResult<CreditLineView>> Set(SetCreditLine request, ICreditLines lines, CancellationToken ct) =>
        (await lines.SetAsync(request, ct)).ToResult();
}
