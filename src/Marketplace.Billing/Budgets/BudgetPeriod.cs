using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Budgets;

/// <summary>The stretch of time a budget counts now, in UTC as every sum of the books. Pure.</summary>
/// <param name="Start">First day.</param>
/// <param name="End">First day that no longer counts; null when it never begins anew.</param>
internal readonly record struct BudgetPeriod(DateOnly Start, DateOnly? End)
{
    /// <summary>An hourly rate has no period; its alerts are counted by the day.</summary>
    public static BudgetPeriod Of(BudgetKind kind, DateOnly startsOn, DateOnly today) =>
        kind switch
        {
            BudgetKind.HourlyRate => new(today, null),
            BudgetKind.Day => new(today, today.AddDays(1)),
            BudgetKind.Month => new(new DateOnly(today.Year, today.Month, 1), new DateOnly(today.Year, today.Month, 1).AddMonths(1)),
            BudgetKind.Total => new(startsOn, null),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No period for this kind."),
        };

    public static DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(moment.UtcDateTime);

    public static DateTimeOffset Begin(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
