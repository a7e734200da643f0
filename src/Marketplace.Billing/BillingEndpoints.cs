using Marketplace.Billing.Arrears;
using Marketplace.Billing.Budgets;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
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
        api.MapUsage();
        api.MapPayments();
        api.MapBank();
        api.MapBudgets();
        api.MapPayouts();
        api.MapCredits();
        api.MapInvoicing();
        api.MapArrears();
        api.MapCreditLines();
        api.MapReservations();
        api.MapCosts();

        var money = api.MapGroup("").WithTags("Money");
        money
            .MapGet("/wallet", GetWallet)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read what you hold, owe and earned in one currency");
        money.MapGet("/charges", ListCharges).RequirePermission(Permission.MoneyRead).WithSummary("List rated usage");
        money
            .MapGet("/exports/focus", ExportFocus)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download your costs or revenue as FOCUS");
        return api;
    }

    /// <summary>What comes from outside the API: signed by its sender, not by a credential.</summary>
    public static IEndpointRouteBuilder MapBillingWebhooks(this IEndpointRouteBuilder routes)
    {
        routes.MapWebhook();
        return routes;
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

    internal static Problem UnknownCurrency(string pointer, string? code) =>
        Problem.Invalid(pointer, $"'{code}' is not traded here.", "Use CNY, USD or EUR.");
}
