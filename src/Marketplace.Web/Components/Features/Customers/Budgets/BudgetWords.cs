using Marketplace.Billing.Contracts;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>Budgets in words.</summary>
internal static class BudgetWords
{
    public static string ScopeOf(BudgetView budget, IStringLocalizer<BudgetText> text) =>
        budget.Scope == BudgetScope.Organization
            ? text["Scope.Organization"]
            : $"{text[budget.Scope == BudgetScope.Project ? "Project" : "Member"]}: {budget.ScopeName}";

    public static string Alert(BudgetAlertView alert, IStringLocalizer<BudgetText> text, LocalClock clock) =>
        alert.UsedUpAt is { } at
            ? text["Alert.Forecast", Times.Format(clock.ToLocal(at), TimeStyle.DateTime)]
            : text["Alert.Reached", Numbers.Percent((double)alert.Threshold)];

    /// <summary>The share of the amount that is used.</summary>
    public static double Share(BudgetView budget) =>
        budget.Standing is { } standing ? (double)standing.Used.Micros / budget.Amount.Micros : 0;

    public static Tone ToneOf(BudgetView budget) =>
        budget.State == BudgetState.Ended || budget.Standing is null ? Tone.Ended
        : Share(budget) >= 1 ? Tone.Failed
        : budget.Standing.UsedUpAt is not null || Share(budget) >= .8 ? Tone.Waiting
        : Tone.Running;
}
