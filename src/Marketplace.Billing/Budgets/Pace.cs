using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Budgets;

/// <summary>Where spending leads when it goes on as lately. Pure.</summary>
internal static class Pace
{
    private const int Days = 6;

    /// <summary>A pace measured over less says nothing.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(3);

    // A total is looked at this far: further ahead, the pace of a week is no forecast.
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(30);

    /// <summary>Micro-units per hour: of today for a day's budget, else of today and the six days before.</summary>
    public static decimal PerHour(BudgetStanding budget, DateTimeOffset now)
    {
        TimeSpan today = now - BudgetPeriod.Begin(BudgetPeriod.DayOf(now));
        return budget.Kind switch
        {
            BudgetKind.HourlyRate => 0,
            BudgetKind.Day => today < Shortest ? 0 : budget.Spent / (decimal)today.TotalHours,
            _ => budget.Lately / (decimal)(TimeSpan.FromDays(Days) + today).TotalHours,
        };
    }

    /// <summary>When the budget is used up at that pace; null when it is used up, or not before its period ends.</summary>
    public static DateTimeOffset? UsedUpAt(BudgetStanding budget, DateTimeOffset now)
    {
        decimal perHour = PerHour(budget, now);
        long left = checked(budget.Amount - budget.Spent);
        if (perHour <= 0 || left <= 0)
            return null;
        DateTimeOffset end = budget.Period.End is { } last ? BudgetPeriod.Begin(last) : now + Horizon;
        decimal hours = left / perHour;
        return hours < (decimal)(end - now).TotalHours ? now + TimeSpan.FromHours((double)hours) : null;
    }
}
