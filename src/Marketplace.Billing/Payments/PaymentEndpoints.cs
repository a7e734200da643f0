using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Reconciliation;
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

namespace Marketplace.Billing.Payments;

/// <summary>REST: payments, saved methods, refunds, disputes, reconciliation.</summary>
internal static class PaymentEndpoints
{
    public static void MapPayments(this IEndpointRouteBuilder api)
    {
        var money = api.MapGroup("").WithTags("Money");
        money.MapGet("/payments", ListPayments).RequirePermission(Permission.MoneyRead).WithSummary("List payments");
        money
            .MapGet("/payments/{paymentId}", GetPayment)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read how a payment stands now");
        money
            .MapPost("/payments", Pay)
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Add prepaid credit, or pay an invoice");
        money
            .MapPost("/payments/{paymentId}/cancel", CancelPayment)
            .RequirePermission(Permission.MoneyWrite)
            .WithSummary("Give up a payment that waits for you");
        money.MapGet("/payment-methods", ListMethods).RequirePermission(Permission.MoneyRead).WithSummary("List saved payment methods");
        money
            .MapPost("/payment-methods/setup", BeginMethod)
            .RequirePermission(Permission.MoneyWrite)
            .WithSummary("Begin saving a payment method");
        money
            .MapPost("/payment-methods/{methodId}/default", DefaultMethod)
            .RequirePermission(Permission.MoneyWrite)
            .WithSummary("Make a payment method the default");
        money
            .MapDelete("/payment-methods/{methodId}", RemoveMethod)
            .RequirePermission(Permission.MoneyWrite)
            .WithSummary("Remove a payment method");
        money
            .MapGet("/auto-top-up", GetAutoTopUp)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read when credit is bought by itself");
        money
            .MapPut("/auto-top-up", SetAutoTopUp)
            .RequirePermission(Permission.MoneyWrite)
            .WithSummary("Say when credit is bought by itself");
        money.MapGet("/refunds", ListRefunds).RequirePermission(Permission.MoneyRead).WithSummary("List refunds");
        money.MapGet("/refunds/{refundId}", GetRefund).RequirePermission(Permission.MoneyRead).WithSummary("Read a refund");
        money
            .MapPost("/refunds", Refund)
            // The customer of the payment, or the network desk: the handler decides by whose payment it is.
            .RequirePermission(Permission.MoneyRead)
            .RequireIdempotencyKey()
            .WithSummary("Give unspent credit of a payment back");
        money.MapGet("/payment-disputes", ListDisputes).RequirePermission(Permission.MoneyRead).WithSummary("List disputed payments");
        money
            .MapGet("/payment-disputes/{disputeId}", GetDispute)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read a disputed payment");
        money
            .MapPost("/payment-disputes/{disputeId}/evidence", SubmitEvidence)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Answer a dispute with evidence");
        money
            .MapPost("/payment-disputes/{disputeId}/accept", AcceptDispute)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Accept that a dispute is lost");
        money
            .MapGet("/reconciliation", GetReconciliation)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("Compare the books with the provider");
        money
            .MapGet("/reconciliation/breaks", ListBreaks)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List differences with the provider");
        money
            .MapPost("/reconciliation/breaks/{breakId}/resolve", ResolveBreak)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Explain a difference and close it");
    }

    private static async Task<ApiPage<PaymentView>> ListPayments(
        [AsParameters] ListParameters list,
        IPayments payments,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), ListRules.ByKey(PaymentDesk.Sorting), q => payments.ListAsync(q, ct));

    private static async Task<ApiResult<PaymentView>> GetPayment(string paymentId, IPayments payments, CancellationToken ct) =>
        (await payments.FindAsync(paymentId, ct)).OrNotFound("payment", paymentId);

    private static async Task<ApiCreated<PaymentView>> Pay(
        TopUpRequest request,
        IdempotencyKey key,
        IPayments payments,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        var order = OrderOf(request);
        Outcome<PaymentView> paid = order.IsOk ? await payments.PayAsync(order.Value, key.Value, ct) : order.Problem;
        return paid.ToCreated(p => $"/api/v1/payments/{p.Id}");
    }

    private static Outcome<PaymentOrder> OrderOf(TopUpRequest request)
    {
        Money? amount = null;
        if (request.Amount is { } units)
        {
            if (Currency.TryParse(request.Currency) is not { } currency)
                return BillingEndpoints.UnknownCurrency("/currency", request.Currency);
            amount = Money.From(units, currency);
        }
        return new PaymentOrder
        {
            Amount = amount,
            InvoiceId = request.InvoiceId,
            Method = request.Method,
        };
    }

    private static async Task<ApiResult<PaymentView>> CancelPayment(string paymentId, IPayments payments, CancellationToken ct) =>
        (await payments.CancelAsync(paymentId, ct)).ToResult();

    private static async Task<ApiResult<IReadOnlyList<PaymentMethodView>>> ListMethods(IPaymentMethods methods, CancellationToken ct) =>
        (await methods.ListAsync(ct)).ToResult();

    private static async Task<ApiResult<MethodSetup>> BeginMethod(IPaymentMethods methods, CancellationToken ct) =>
        (await methods.BeginAsync(ct)).ToResult();

    private static async Task<ApiDone> DefaultMethod(string methodId, IPaymentMethods methods, CancellationToken ct) =>
        new(await methods.MakeDefaultAsync(methodId, ct));

    private static async Task<ApiDone> RemoveMethod(string methodId, IPaymentMethods methods, CancellationToken ct) =>
        new(await methods.RemoveAsync(methodId, ct));

    private static async Task<ApiResult<AutoTopUp>> GetAutoTopUp(IAutoTopUps rules, ActorContext actor, CancellationToken ct) =>
        (await rules.FindAsync(ct)).OrNotFound("automatic top-up of", actor.Current.PartyId);

    private static async Task<ApiResult<AutoTopUp>> SetAutoTopUp(AutoTopUpRequest request, IAutoTopUps rules, CancellationToken ct) =>
        Currency.TryParse(request.Currency) is { } currency
            ? (
                await rules.SetAsync(
                    new AutoTopUp(
                        Money.From(request.Threshold, currency),
                        Money.From(request.Amount, currency),
                        request.MostPerDay,
                        request.Enabled
                    ),
                    ct
                )
            ).ToResult()
            : Outcome<AutoTopUp>.Fail(BillingEndpoints.UnknownCurrency("/currency", request.Currency)).ToResult();

    private static async Task<ApiPage<RefundView>> ListRefunds(
        [AsParameters] ListParameters list,
        string? paymentId,
        bool? awaitsTransfer,
        IRefunds refunds,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new RefundQuery { PaymentId = paymentId, AwaitsTransfer = awaitsTransfer ?? false },
            ListRules.ByKey(RefundDesk.Sorting),
            q => refunds.ListAsync(q, ct)
        );

    private static async Task<ApiResult<RefundView>> GetRefund(string refundId, IRefunds refunds, CancellationToken ct) =>
        (await refunds.FindAsync(refundId, ct)).OrNotFound("refund", refundId);

    private static async Task<ApiCreated<RefundView>> Refund(
        RefundRequest request,
        IdempotencyKey key,
        IRefunds refunds,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        return (await refunds.RequestAsync(request, key.Value, ct)).ToCreated(r => $"/api/v1/refunds/{r.Id}");
    }

    private static async Task<ApiPage<DisputeView>> ListDisputes(
        [AsParameters] ListParameters list,
        DisputeState? state,
        IDisputes disputes,
        CancellationToken ct
    ) => await list.PageOf(new DisputeQuery { State = state }, ListRules.ByKey(DisputeDesk.Sorting), q => disputes.ListAsync(q, ct));

    private static async Task<ApiResult<DisputeView>> GetDispute(string disputeId, IDisputes disputes, CancellationToken ct) =>
        (await disputes.FindAsync(disputeId, ct)).OrNotFound("dispute", disputeId);

    private static async Task<ApiResult<DisputeView>> SubmitEvidence(
        string disputeId,
        EvidenceRequest request,
        IDisputes disputes,
        CancellationToken ct
    ) => (await disputes.SubmitAsync(disputeId, request.Evidence, ct)).ToResult();

    private static async Task<ApiResult<DisputeView>> AcceptDispute(string disputeId, IDisputes disputes, CancellationToken ct) =>
        (await disputes.AcceptAsync(disputeId, ct)).ToResult();

    private static async Task<ApiResult<ReconciliationView>> GetReconciliation(IReconciliation reconciliation, CancellationToken ct) =>
        (await reconciliation.ReadAsync(ct)).ToResult();

    private static async Task<ApiPage<BreakView>> ListBreaks(
        [AsParameters] ListParameters list,
        bool? resolved,
        BreakKind? kind,
        IReconciliation reconciliation,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new BreakQuery { Resolved = resolved ?? false, Kind = kind },
            ListRules.ByKey(ReconciliationDesk.Sorting),
            q => reconciliation.BreaksAsync(q, ct)
        );

    private static async Task<ApiResult<BreakView>> ResolveBreak(
        string breakId,
        ResolveRequest request,
        IReconciliation reconciliation,
        CancellationToken ct
    ) => (await reconciliation.ResolveAsync(breakId, request.Explanation, ct)).ToResult();
}
