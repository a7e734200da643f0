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

namespace Marketplace.Billing.Payments.Bank;

/// <summary>REST: bank transfers, in and out, and the bank's statements. All for the network desk.</summary>
internal static class BankEndpoints
{
    public static void MapBank(this IEndpointRouteBuilder api)
    {
        var money = api.MapGroup("").WithTags("Money");
        money
            .MapPost("/payments/{paymentId}/arrived", TransferHasArrived)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Say that the transfer a payment waits for has arrived");
        money
            .MapPost("/transfers", RecordTransfer)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Record a bank transfer that nobody announced");
        money
            .MapPost("/refunds/{refundId}/paid", RefundIsPaid)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Say that a refund has been transferred");
        money
            .MapPost("/refunds/{refundId}/failed", RefundCannotBePaid)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Say that a refund cannot be transferred");
        money
            .MapPost("/bank-statements", Import)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Import a bank statement and book what it explains");
        money.MapGet("/bank-standing", Standing).RequirePermission(Permission.PlatformRead).WithSummary("Compare the books with the bank");
        money
            .MapGet("/bank-entries", Entries)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List what is on the bank's statements");
        money
            .MapPost("/bank-entries:match", Match)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Look again at entries that are open");
        money
            .MapPost("/bank-entries/{entryId}:assign", Assign)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Say whose money an entry is");
        money
            .MapPost("/bank-entries/{entryId}:dismiss", Dismiss)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Say that an entry is not the marketplace's business");
        money
            .MapPost("/bank-entries/{entryId}:reopen", Reopen)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Take a dismissal back");
    }

    private static async Task<ApiResult<PaymentView>> TransferHasArrived(
        string paymentId,
        TransferArrived request,
        ITransfers transfers,
        CancellationToken ct
    ) => (await transfers.ArrivedAsync(paymentId, request.Reference, ct)).ToResult();

    private static async Task<ApiCreated<PaymentView>> RecordTransfer(
        RecordTransfer request,
        IdempotencyKey key,
        ITransfers transfers,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        Outcome<PaymentView> booked = Currency.TryParse(request.Currency) is { } currency
            ? await transfers.RecordAsync(request.PartyId, Money.From(request.Amount, currency), request.Reference, key.Value, ct)
            : BillingEndpoints.UnknownCurrency("/currency", request.Currency);
        return booked.ToCreated(p => $"/api/v1/payments/{p.Id}");
    }

    private static async Task<ApiResult<RefundView>> RefundIsPaid(
        string refundId,
        TransferArrived request,
        ITransfers transfers,
        CancellationToken ct
    ) => (await transfers.PaidBackAsync(refundId, request.Reference, ct)).ToResult();

    private static async Task<ApiResult<RefundView>> RefundCannotBePaid(
        string refundId,
        RefundNotPaid request,
        ITransfers transfers,
        CancellationToken ct
    ) => (await transfers.NotPaidBackAsync(refundId, request.Reason, ct)).ToResult();

    private static async Task<ApiResult<BankImport>> Import(ImportStatement request, IBankStatements bank, CancellationToken ct) =>
        (await bank.ImportAsync(request.Content, ct)).ToResult();

    private static async Task<ApiResult<BankMatched>> Match(IBankStatements bank, CancellationToken ct) =>
        (await bank.MatchAsync(ct)).Map(booked => new BankMatched(booked)).ToResult();

    private static async Task<ApiResult<IReadOnlyList<BankStanding>>> Standing(IBankStatements bank, CancellationToken ct) =>
        (await bank.StandingAsync(ct)).ToResult();

    private static async Task<ApiPage<BankEntryView>> Entries(
        [AsParameters] ListParameters list,
        BankEntryState? state,
        IBankStatements bank,
        CancellationToken ct
    ) => await list.PageOf(new BankEntryQuery { State = state }, ListRules.ByKey(BankDesk.Sorting), q => bank.EntriesAsync(q, ct));

    private static async Task<ApiResult<BankEntryView>> Assign(
        string entryId,
        AssignBankEntry request,
        IBankStatements bank,
        CancellationToken ct
    ) => (await bank.AssignAsync(entryId, request.PartyId, ct)).ToResult();

    private static async Task<ApiResult<BankEntryView>> Dismiss(
        string entryId,
        DismissBankEntry request,
        IBankStatements bank,
        CancellationToken ct
    ) => (await bank.DismissAsync(entryId, request.Reason, ct)).ToResult();

    private static async Task<ApiResult<BankEntryView>> Reopen(string entryId, IBankStatements bank, CancellationToken ct) =>
        (await bank.ReopenAsync(entryId, ct)).ToResult();
}
