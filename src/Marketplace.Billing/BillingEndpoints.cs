using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
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

namespace Marketplace.Billing;

/// <summary>REST: money. Routes on top, one line each.</summary>
public static class BillingEndpoints
{
    public static IEndpointRouteBuilder MapBilling(this IEndpointRouteBuilder api)
    {
        api.MapLedger();
        api.MapReservations();

        var money = api.MapGroup("").WithTags("Money");
        money
            .MapGet("/wallet", GetWallet)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read what you hold, owe and earned in one currency");
        money.MapGet("/charges", ListCharges).RequirePermission(Permission.MoneyRead).WithSummary("List rated usage");
        money.MapGet("/invoices", ListInvoices).RequirePermission(Permission.MoneyRead).WithSummary("List invoices");
        money
            .MapGet("/invoices/{invoiceId}", GetInvoice)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read an invoice with its lines");
        money.MapGet("/statements", GetStatement).RequirePermission(Permission.MoneyRead).WithSummary("Read your statement of a period");
        money.MapGet("/payments", ListPayments).RequirePermission(Permission.MoneyRead).WithSummary("List payments");
        money
            .MapPost("/payments", TopUp)
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Add prepaid credit");
        money
            .MapGet("/exports/focus", ExportFocus)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download your costs or revenue as FOCUS");
        return api;
    }

    private static async Task<ApiResult<WalletView>> GetWallet(string currency, ILedger ledger, ActorContext actor, CancellationToken ct) =>
        Currency.TryParse(currency) is { } parsed
            ? Outcome<WalletView>.Ok(await ledger.WalletAsync(actor.Current.PartyId, parsed, ct)).ToResult()
            : Outcome<WalletView>.Fail(UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiPage<ChargeView>> ListCharges(
        [AsParameters] ListParameters list,
        string? contractId,
        string? orderId,
        DateTimeOffset? from,
        DateTimeOffset? to,
        IRating rating,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new ChargeQuery
            {
                ContractId = contractId,
                OrderId = orderId,
                From = from,
                To = to,
            },
            ListRules.ByKey(ChargeSorting.Rules),
            q => rating.ChargesAsync(q, ct)
        );

    private static async Task<ApiPage<InvoiceView>> ListInvoices(
        [AsParameters] ListParameters list,
        InvoiceState? state,
        IInvoices invoices,
        CancellationToken ct
    ) => await list.PageOf(new InvoiceQuery { State = state }, ListRules.ByKey(InvoiceDesk.Sorting), q => invoices.ListAsync(q, ct));

    private static async Task<ApiResult<InvoiceView>> GetInvoice(string invoiceId, IInvoices invoices, CancellationToken ct) =>
        (await invoices.FindAsync(invoiceId, ct)).OrNotFound("invoice", invoiceId);

    private static async Task<ApiResult<StatementView>> GetStatement(
        string role,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        IInvoices invoices,
        ActorContext actor,
        CancellationToken ct
    ) =>
        Currency.TryParse(currency) is { } parsed
            ? (await invoices.StatementAsync(actor.Current.PartyId, role, parsed, from, to, ct)).ToResult()
            : Outcome<StatementView>.Fail(UnknownCurrency("?currency", currency)).ToResult();

    private static async Task<ApiPage<PaymentView>> ListPayments(
        [AsParameters] ListParameters list,
        IPayments payments,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), ListRules.ByKey(PaymentDesk.Sorting), q => payments.ListAsync(q, ct));

    private static async Task<ApiCreated<PaymentView>> TopUp(
        TopUpRequest request,
        IdempotencyKey key,
        IPayments payments,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        Outcome<PaymentView> paid = Currency.TryParse(request.Currency) is { } currency
            ? await payments.TopUpAsync(Money.From(request.Amount, currency), key.Value, ct)
            : UnknownCurrency("/currency", request.Currency);
        return paid.ToCreated(p => $"/api/v1/payments/{p.Id}");
    }

    private static ApiFile ExportFocus(
        DateTimeOffset from,
        DateTimeOffset to,
        string? version,
        string? format,
        string? role,
        string? partyId,
        IExports exports
    ) =>
        new(
            exports.Focus(
                new FocusQuery(from, to)
                {
                    Version = version ?? "1.4",
                    Format = format ?? "csv",
                    Role = role,
                    PartyId = partyId,
                }
            )
        );

    private static Problem UnknownCurrency(string pointer, string? code) =>
        Problem.Invalid(pointer, $"'{code}' is not traded here.", "Use CNY, USD or EUR.");
}
