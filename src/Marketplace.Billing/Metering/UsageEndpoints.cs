using Marketplace.Billing.Contracts;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Quarantine;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Metering;

/// <summary>REST: usage in, what is known of it, what was set aside, and disputes about it.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder api)
    {
        var usage = api.MapGroup("").WithTags("Usage");
        // Each reading carries its own id, so a repeated call changes nothing.
        usage
            .MapPost("/usage", Report)
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary("Report meter readings of your contracts, such as tokens and calls");
        usage
            .MapGet("/usage-sources", Sources)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List sources of usage (network desk)");
        usage
            .MapGet("/contracts/{contractId}/usage", OfContract)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read a contract's meters, through when usage is known and which time is unknown");

        var aside = api.MapGroup("/usage-quarantine").WithTags("Usage");
        aside
            .MapGet("", ListAside)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List readings that were set aside (network desk)");
        aside
            .MapGet("/{quarantineId}", GetAside)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("Read a reading that was set aside (network desk)");
        aside
            .MapPost("/{quarantineId}:release", Release)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Take a reading in as if it were just reported (network desk)");
        aside
            .MapPost("/{quarantineId}:dismiss", Dismiss)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Leave a reading out for good (network desk)");

        api.MapPost("/contracts/{contractId}/usage-disputes", Open)
            .WithTags("Usage")
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Dispute what a contract was charged for a stretch of time");
        var disputes = api.MapGroup("/usage-disputes").WithTags("Usage");
        disputes.MapGet("", ListDisputes).RequirePermission(Permission.MoneyRead).WithSummary("List disputes about charged usage");
        disputes.MapGet("/{disputeId}", GetDispute).RequirePermission(Permission.MoneyRead).WithSummary("Read a dispute");
        disputes
            .MapPost("/{disputeId}:uphold", Uphold)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Take the disputed charges back, wholly or in part (network desk)");
        disputes
            .MapPost("/{disputeId}:reject", Reject)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Let the disputed charges stand (network desk)");
    }

    private static async Task<ApiResult<UsageReceipt>> Report(ReportUsage report, IMetering metering, CancellationToken ct) =>
        (await metering.ReportAsync(report, ct)).ToResult();

    private static async Task<ApiResult<IReadOnlyList<UsageSourceView>>> Sources(IMetering metering, CancellationToken ct) =>
        (await metering.SourcesAsync(ct)).ToResult();

    private static async Task<ApiResult<ContractUsage>> OfContract(string contractId, IMetering metering, CancellationToken ct) =>
        (await metering.UsageAsync(contractId, ct)).OrNotFound("contract", contractId);

    private static async Task<ApiPage<QuarantineView>> ListAside(
        [AsParameters] ListParameters list,
        QuarantineState? state,
        string? reason,
        string? contractId,
        IQuarantine quarantine,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new QuarantineQuery
            {
                State = state,
                Reason = reason,
                ContractId = contractId,
            },
            ListRules.ByKey(QuarantineDesk.Sorting),
            async q => (await quarantine.ListAsync(q, ct)).Value
        );

    private static async Task<ApiResult<QuarantineView>> GetAside(string quarantineId, IQuarantine quarantine, CancellationToken ct) =>
        (await quarantine.FindAsync(quarantineId, ct)).ToResult();

    private static async Task<ApiResult<QuarantineView>> Release(
        string quarantineId,
        DecideQuarantine decision,
        IQuarantine quarantine,
        CancellationToken ct
    ) => (await quarantine.ReleaseAsync(quarantineId, decision, ct)).ToResult();

    private static async Task<ApiResult<QuarantineView>> Dismiss(
        string quarantineId,
        DecideQuarantine decision,
        IQuarantine quarantine,
        CancellationToken ct
    ) => (await quarantine.DismissAsync(quarantineId, decision, ct)).ToResult();

    private static async Task<ApiCreated<UsageDisputeView>> Open(
        string contractId,
        OpenUsageDispute request,
        IdempotencyKey key,
        IUsageDisputes disputes,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        return (await disputes.OpenAsync(contractId, request, key.Value, ct)).ToCreated(d => $"/api/v1/usage-disputes/{d.Id}");
    }

    private static async Task<ApiPage<UsageDisputeView>> ListDisputes(
        [AsParameters] ListParameters list,
        string? contractId,
        UsageDisputeState? state,
        IUsageDisputes disputes,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new UsageDisputeQuery { ContractId = contractId, State = state },
            ListRules.ByKey(UsageDisputes.Sorting),
            q => disputes.ListAsync(q, ct)
        );

    private static async Task<ApiResult<UsageDisputeView>> GetDispute(string disputeId, IUsageDisputes disputes, CancellationToken ct) =>
        (await disputes.FindAsync(disputeId, ct)).OrNotFound("usage dispute", disputeId);

    private static async Task<ApiResult<UsageDisputeView>> Uphold(
        string disputeId,
        DecideUsageDispute decision,
        IUsageDisputes disputes,
        CancellationToken ct
    ) => (await disputes.UpholdAsync(disputeId, decision, ct)).ToResult();

    private static async Task<ApiResult<UsageDisputeView>> Reject(
        string disputeId,
        DecideUsageDispute decision,
        IUsageDisputes disputes,
        CancellationToken ct
    ) => (await disputes.RejectAsync(disputeId, decision, ct)).ToResult();
}
