using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Payouts;

/// <param name="Text">A reason, or the bank's reference.</param>
internal sealed record PayoutActionRequest(string? Text);

internal sealed record PayoutHoldRequest(string PartyId, string Role, string Currency, decimal Amount, string Reason);

internal sealed record PayoutFileRequest(string Currency);

/// <summary>
/// REST: payouts. Parties read their own; the network desk acts. Where money goes is changed in the portal only, by an owner: no credential is
/// an owner.
/// </summary>
internal static class PayoutEndpoints
{
    public static void MapPayouts(this IEndpointRouteBuilder api)
    {
        var payouts = api.MapGroup("").WithTags("Payouts");
        payouts.MapGet("/payouts", List).RequirePermission(Permission.MoneyRead).WithSummary("List payouts");
        payouts.MapGet("/payouts/{payoutId}", Get).RequirePermission(Permission.MoneyRead).WithSummary("Read a payout");
        payouts
            .MapGet("/payout-balance", Balance)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read what you earned, and what is paid next");
        payouts
            .MapGet("/payout-destination", Destination)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read where your payouts go, masked");
        payouts
            .MapGet("/payout-account", Account)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read your account at the payment provider, and what it still needs");
        foreach (PayoutAction action in Enum.GetValues<PayoutAction>())
        {
            (string path, string summary) = Describe(action);
            payouts
                .MapPost(
                    "/payouts/{payoutId}/" + path,
                    (string payoutId, PayoutActionRequest? request, IPayouts desk, CancellationToken ct) =>
                        Act(payoutId, action, request, desk, ct)
                )
                .RequirePermission(Permission.PlatformWrite)
                .RequireIdempotencyKey()
                .WithSummary(summary);
        }
        payouts.MapGet("/payout-holds", ListHolds).RequirePermission(Permission.PlatformRead).WithSummary("List amounts held back");
        payouts
            .MapPost("/payout-holds", Place)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Hold back an amount of a party's earnings");
        payouts
            .MapPost("/payout-holds/{payoutHoldId}/release", Release)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Release an amount held back");
        payouts.MapGet("/payout-files", ListFiles).RequirePermission(Permission.PlatformRead).WithSummary("List files for the bank");
        payouts
            .MapPost("/payout-files", MakeFile)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Put the payouts that wait for the bank into a file");
        payouts
            .MapGet("/payout-files/{payoutFileId}/content", Download)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Download a file for the bank as CSV or pain.001");
    }

    private static (string Path, string Summary) Describe(PayoutAction action) =>
        action switch
        {
            PayoutAction.Propose => ("propose", "Propose a payout, as the first of two people"),
            PayoutAction.Approve => ("approve", "Approve a payout"),
            PayoutAction.Hold => ("hold", "Hold a payout"),
            PayoutAction.Release => ("release", "Release a held payout"),
            PayoutAction.MarkPaid => ("paid", "Say that the bank has paid a payout"),
            PayoutAction.MarkReturned => ("returned", "Say that the bank has sent a payout back"),
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, "Describe the new action."),
        };

    private static async Task<ApiPage<PayoutView>> List(
        [AsParameters] ListParameters list,
        PayoutState? state,
        string? role,
        IPayouts payouts,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new PayoutQuery { State = state, Role = role },
            ListRules.ByKey(PayoutDesk.Sorting),
            q => payouts.ListAsync(q, ct)
        );

    private static async Task<ApiResult<PayoutView>> Get(string payoutId, IPayouts payouts, CancellationToken ct) =>
        (await payouts.FindAsync(payoutId, ct)).OrNotFound("payout", payoutId);

    private static async Task<ApiResult<PayoutBalance>> Balance(string role, string currency, IPayouts payouts, CancellationToken ct) =>
        Currency.TryParse(currency) is { } parsed
            ? (await payouts.BalanceAsync(role, parsed, ct)).ToResult()
            : Outcome<PayoutBalance>.Fail(BillingEndpoints.UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiResult<PayoutDestinationView>> Destination(string currency, IPayouts payouts, CancellationToken ct) =>
        Currency.TryParse(currency) is { } parsed
            ? (await payouts.DestinationAsync(parsed, ct)).OrNotFound("payout destination", parsed.Code)
            : Outcome<PayoutDestinationView>.Fail(BillingEndpoints.UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiResult<PayoutAccountView>> Account(string currency, IPayoutAccounts accounts, CancellationToken ct) =>
        Currency.TryParse(currency) is { } parsed
            ? (await accounts.ReadAsync(parsed, ct)).OrNotFound("payout account", parsed.Code)
            : Outcome<PayoutAccountView>.Fail(BillingEndpoints.UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiResult<PayoutView>> Act(
        string payoutId,
        PayoutAction action,
        PayoutActionRequest? request,
        IPayouts payouts,
        CancellationToken ct
    ) => (await payouts.ActAsync(payoutId, action, request?.Text, ct)).ToResult();

    private static async Task<ApiResult<IReadOnlyList<PayoutHoldView>>> ListHolds(IPayouts payouts, CancellationToken ct) =>
        (await payouts.HoldsAsync(ct)).ToResult();

    private static async Task<ApiCreated<PayoutHoldView>> Place(
        PayoutHoldRequest request,
        IdempotencyKey key,
        IPayouts payouts,
        CancellationToken ct
    ) =>
        (
            Currency.TryParse(request.Currency) is { } currency
                ? await payouts.HoldBackAsync(
                    request.PartyId,
                    request.Role,
                    Money.From(request.Amount, currency),
                    request.Reason,
                    key.Value,
                    ct
                )
                : BillingEndpoints.UnknownCurrency("/currency", request.Currency)
        ).ToCreated(h => $"/api/v1/payout-holds/{h.Id}");

    private static async Task<ApiResult<PayoutHoldView>> Release(string payoutHoldId, IPayouts payouts, CancellationToken ct) =>
        (await payouts.ReleaseHoldAsync(payoutHoldId, ct)).ToResult();

    private static async Task<ApiResult<IReadOnlyList<PayoutFileView>>> ListFiles(IPayouts payouts, CancellationToken ct) =>
        (await payouts.FilesAsync(ct)).ToResult();

    private static async Task<ApiCreated<PayoutFileView>> MakeFile(
        PayoutFileRequest request,
        IdempotencyKey key,
        IPayouts payouts,
        CancellationToken ct
    ) =>
        (
            Currency.TryParse(request.Currency) is { } currency
                ? await payouts.MakeFileAsync(currency, key.Value, ct)
                : BillingEndpoints.UnknownCurrency("/currency", request.Currency)
        ).ToCreated(f => $"/api/v1/payout-files/{f.Id}/content");

    private static async Task<ApiFile> Download(string payoutFileId, string? format, IPayouts payouts, CancellationToken ct) =>
        new(await payouts.DownloadAsync(payoutFileId, format ?? "csv", ct));
}
