using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Budgets;

/// <summary>An alert that is due; whether it was raised before is for the table to say.</summary>
internal sealed record DueAlert(BudgetAlertKind Kind, decimal Threshold, DateTimeOffset? UsedUpAt);

/// <summary>Which alerts a budget's standing calls for, and when it stops what runs. Pure.</summary>
internal static class AlertRule
{
    public static IEnumerable<DueAlert> Due(BudgetStanding budget, DateTimeOffset now)
    {
        foreach (decimal threshold in budget.Thresholds.Order())
            if (budget.Used >= budget.Amount * threshold)
                yield return new DueAlert(BudgetAlertKind.Reached, threshold, null);
        if (Pace.UsedUpAt(budget, now) is { } at)
            yield return new DueAlert(BudgetAlertKind.Forecast, 1, at);
    }

    /// <summary>A rate stops nothing: what runs within it was admitted.</summary>
    public static bool Stops(BudgetStanding budget) =>
        budget.HardStop && budget.Kind != BudgetKind.HourlyRate && budget.Spent >= budget.Amount;
}
