namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>A price that stays until it changes, as the evenly spaced values a trend line draws.</summary>
internal static class PriceTrend
{
    /// <summary>The price on each of the last days, the last one now; shorter when there was none yet.</summary>
    /// <param name="changes">When each price began, oldest first.</param>
    /// <param name="days">At least 2.</param>
    public static IReadOnlyList<double> Daily(IReadOnlyList<(DateTimeOffset From, decimal Price)> changes, DateTimeOffset now, int days) =>
        Median([changes], now, days);

    /// <summary>The median of several prices on each of the last days, of those that were known then; shorter when there was none yet.</summary>
    /// <param name="lines">For each price when it began, oldest first.</param>
    /// <param name="days">At least 2.</param>
    public static IReadOnlyList<double> Median(
        IReadOnlyList<IReadOnlyList<(DateTimeOffset From, decimal Price)>> lines,
        DateTimeOffset now,
        int days
    )
    {
        var values = new List<double>(days);
        for (int back = days - 1; back >= 0; back--)
        {
            DateTimeOffset at = now - TimeSpan.FromDays(back);
            var known = lines.SelectMany(l => l.Where(c => c.From <= at).TakeLast(1)).Select(c => c.Price).Order().ToList();
            if (known.Count > 0)
                values.Add((double)(known[(known.Count - 1) / 2] + known[known.Count / 2]) / 2);
        }
        return values;
    }
}
