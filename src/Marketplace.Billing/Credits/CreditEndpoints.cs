using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Credits;

internal sealed record RedeemRequest(string Code);

internal sealed record ServiceCreditDecisionRequest(ServiceCreditDecision Decision, string? Reason);

/// <summary>REST: promotional credit, vouchers and service credits.</summary>
internal static class CreditEndpoints
{
    public static void MapCredits(this IEndpointRouteBuilder api)
    {
        var credits = api.MapGroup("").WithTags("Credits");
        credits
            .MapGet("/credit-grants", ListGrants)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("List your promotional credit with its ends");
        credits
            .MapPost("/voucher-redemptions", Redeem)
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Redeem a voucher");
        credits
            .MapGet("/voucher-campaigns", ListCampaigns)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List voucher campaigns");
        // Without a stored answer: it would keep the codes in clear. The name is what makes a repetition a conflict.
        credits
            .MapPost("/voucher-campaigns", Create)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Make a voucher campaign; its codes are shown this once");
        credits
            .MapPost("/voucher-campaigns/{campaignId}/close", Close)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Close a voucher campaign");
        credits
            .MapGet("/service-credits", ListServiceCredits)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("List service credits of your contracts");
        credits
            .MapPost("/service-credits/{serviceCreditId}/decision", Decide)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Confirm or reject a proposed service credit");
    }

    private static async Task<ApiResult<IReadOnlyList<GrantView>>> ListGrants(string currency, IVouchers vouchers, CancellationToken ct) =>
        Currency.TryParse(currency) is { } parsed
            ? Outcome<IReadOnlyList<GrantView>>.Ok(await vouchers.GrantsAsync(parsed, ct)).ToResult()
            : Outcome<IReadOnlyList<GrantView>>.Fail(BillingEndpoints.UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiCreated<RedemptionView>> Redeem(
        RedeemRequest request,
        IdempotencyKey key,
        IVouchers vouchers,
        CancellationToken ct
    ) => (await vouchers.RedeemAsync(request.Code, key.Value, ct)).ToCreated(_ => "/api/v1/credit-grants");

    private static async Task<ApiPage<CampaignView>> ListCampaigns(
        [AsParameters] ListParameters list,
        IVouchers vouchers,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), ListRules.ByKey(Campaigns.Sorting), q => vouchers.CampaignsAsync(q, ct));

    private static async Task<ApiCreated<NewCampaign>> Create(CampaignRequest request, IVouchers vouchers, CancellationToken ct) =>
        (await vouchers.CreateAsync(request, ct)).ToCreated(c =>
            $"/api/v1/voucher-campaigns?search={Uri.EscapeDataString(c.Campaign.Name)}"
        );

    private static async Task<ApiResult<CampaignView>> Close(string campaignId, IVouchers vouchers, CancellationToken ct) =>
        (await vouchers.CloseAsync(campaignId, ct)).ToResult();

    private static async Task<ApiPage<ServiceCreditView>> ListServiceCredits(
        [AsParameters] ListParameters list,
        string? contractId,
        ServiceCreditState? state,
        IServiceCredits credits,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new ServiceCreditQuery { ContractId = contractId, State = state },
            ListRules.ByKey(ServiceCredits.Sorting),
            q => credits.ListAsync(q, ct)
        );

    private static async Task<ApiResult<ServiceCreditView>> Decide(
        string serviceCreditId,
        ServiceCreditDecisionRequest request,
        IServiceCredits credits,
        CancellationToken ct
    ) => (await credits.DecideAsync(serviceCreditId, request.Decision, request.Reason, ct)).ToResult();
}
