using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Budgets;

/// <summary>REST: what an organisation lets itself spend.</summary>
internal static class BudgetEndpoints
{
    public static void MapBudgets(this IEndpointRouteBuilder api)
    {
        var budgets = api.MapGroup("/budgets").WithTags("Budgets");
        budgets.MapGet("", List).RequirePermission(Permission.MoneyRead).WithSummary("List budgets with where they stand");
        budgets.MapGet("/{budgetId}", Get).RequirePermission(Permission.MoneyRead).WithSummary("Read a budget with where it stands");
        budgets
            .MapGet("/{budgetId}/alerts", ListAlerts)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("List the alerts a budget has raised");
        budgets
            .MapPost("", Create)
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Make a budget by rate, day, month or total");
        budgets
            .MapPost("/{budgetId}:change", Change)
            .RequirePermission(Permission.MoneyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Change a budget: a new version, the old ones stay readable");
        budgets.MapPost("/{budgetId}:end", End).RequirePermission(Permission.MoneyWrite).WithSummary("End a budget for good");
    }

    private static Task<ApiPage<BudgetView>> List(
        [AsParameters] ListParameters list,
        BudgetState? state,
        BudgetKind? kind,
        BudgetScope? scope,
        IBudgets budgets,
        CancellationToken ct
    ) =>
        list.PageOf(
            new BudgetQuery
            {
                State = state,
                Kind = kind,
                Scope = scope,
            },
            ListRules.ByKey(BudgetList.Sorting),
            q => budgets.ListAsync(q, ct)
        );

    private static async Task<ApiResult<BudgetView>> Get(string budgetId, IBudgets budgets, CancellationToken ct) =>
        (await budgets.FindAsync(budgetId, ct)).OrNotFound("budget", budgetId);

    private static async Task<ApiPage<BudgetAlertView>> ListAlerts(
        string budgetId,
        [AsParameters] ListParameters list,
        IBudgets budgets,
        CancellationToken ct
    ) =>
        await budgets.FindAsync(budgetId, ct) is null
            ? Platform
                .Outcomes.Outcome<Platform.Pages.Page<BudgetAlertView>>.Fail(Platform.Outcomes.Problem.NotFound("budget", budgetId))
                .ToPage()
            : await list.PageOf(
                new BudgetAlertQuery { BudgetId = budgetId },
                ListRules.ByKey(BudgetList.AlertSorting),
                q => budgets.AlertsAsync(q, ct)
            );

    private static async Task<ApiCreated<BudgetView>> Create(
        CreateBudget request,
        IdempotencyKey key,
        IBudgets budgets,
        CancellationToken ct
    ) => (await budgets.CreateAsync(request, key.Value, ct)).ToCreated(b => $"/api/v1/budgets/{b.Id}");

    private static async Task<ApiResult<BudgetView>> Change(
        string budgetId,
        ChangeBudget request,
        IdempotencyKey key,
        IBudgets budgets,
        CancellationToken ct
    ) => (await budgets.ChangeAsync(budgetId, request, ct)).ToResult();

    private static async Task<ApiResult<BudgetView>> End(string budgetId, IBudgets budgets, CancellationToken ct) =>
        (await budgets.EndAsync(budgetId, ct)).ToResult();
}
