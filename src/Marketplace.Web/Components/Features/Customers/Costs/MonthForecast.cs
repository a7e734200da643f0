using Marketplace.Platform.Monetary;

namespace Marketplace.Web.Components.Features.Customers.Costs;

/// <summary>What goes on being charged until it ends.</summary>
/// <param name="PerHour">Tax included.</param>
public sealed record RunningCost(Money PerHour, DateTimeOffset Until);

/// <summary>
/// What a month comes to: what is charged, what runs until its end, and for work that comes and goes the pace of what has ended in the last days.
/// Exact for constant spending, and never below what is charged. Pure.
/// </summary>
public static class MonthForecast
{
    /// <summary>Over how long the pace of ended work is measured, up to now.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromDays(7);

    /// <param name="charged">In the month so far.</param>
    /// <param name="end">Of the month.</param>
    /// <param name="endedLately">Charged in the last <see cref="Lately"/> for work that has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The month is over.</exception>
    public static Money Of(Money charged, IEnumerable<RunningCost> running, Money endedLately, DateTimeOffset now, DateTimeOffset end)
    {
        ArgumentNullException.ThrowIfNull(running);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(now, end);
        decimal ahead = 0;
        foreach (RunningCost run in running)
            ahead += Math.Max(0, run.PerHour.Micros) * Hours(now, run.Until < end ? run.Until : end);
        // Corrections may have given back more than was charged: that is no pace to go on at.
        ahead += Math.Max(0, endedLately.Micros) / (decimal)Lately.TotalHours * Hours(now, end);
        return charged + new Money(checked((long)decimal.Round(ahead, MidpointRounding.ToEven)), charged.Currency);
    }

    private static decimal Hours(DateTimeOffset from, DateTimeOffset to) =>
        to <= from ? 0 : (to - from).Ticks / (decimal)TimeSpan.TicksPerHour;
}
