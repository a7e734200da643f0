using Marketplace.Billing.Contracts;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Budgets;

/// <summary>The line of what was left, and where it leads. Pure.</summary>
internal static class BurnDownRule
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(30);

    /// <param name="spent">Spending by beginning of its step; steps without any may be left out.</param>
    /// <param name="maxPoints">The last so many are given.</param>
    public static BurnDown Of(
        BudgetStanding budget,
        IReadOnlyList<(DateTimeOffset From, long Spent)> spent,
        TimeSpan step,
        DateTimeOffset now,
        int maxPoints
    )
    {
        DateTimeOffset begin = BudgetPeriod.Begin(budget.Period.Start);
        var bySteps = spent.ToDictionary(s => s.From, s => s.Spent);
        List<BurnPoint> points = [new(begin, budget.Money(budget.Amount))];
        long left = budget.Amount;
        for (DateTimeOffset from = begin; from < now; from += step)
        {
            left = checked(left - bySteps.GetValueOrDefault(from));
            DateTimeOffset to = from + step;
            points.Add(new(Moments.Earlier(to, now), budget.Money(left)));
        }
        return new BurnDown([.. points.TakeLast(maxPoints)], ForecastOf(budget, now, left));
    }

    // A straight line until nothing is left or the period is over.
    private static IReadOnlyList<BurnPoint> ForecastOf(BudgetStanding budget, DateTimeOffset now, long left)
    {
        decimal perHour = Pace.PerHour(budget, now);
        if (perHour <= 0 || left <= 0)
            return [];
        DateTimeOffset end = budget.Period.End is { } last ? BudgetPeriod.Begin(last) : now + Ahead;
        DateTimeOffset until = Pace.UsedUpAt(budget, now) is { } usedUp && usedUp < end ? usedUp : end;
        long then = Math.Max(0, left - checked((long)(perHour * (decimal)(until - now).TotalHours)));
        return [new(now, budget.Money(left)), new(until, budget.Money(then))];
    }
}
