using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared.Charts;
using Marketplace.Web.Components.Shared.Text;

namespace Marketplace.Web.Components.Features.Costs;

/// <summary>What one group came to on one day in UTC.</summary>
public sealed record DayAmount(DateOnly Day, string Key, Money Amount);

/// <summary>Amounts by day and group as bars: the largest groups, and one for all others. Pure.</summary>
/// <param name="Keys">The groups with a series of their own, the largest first.</param>
/// <param name="Bars">One per day, days without anything too. With others, theirs is the last value.</param>
public sealed record DayBars(IReadOnlyList<string> Keys, bool HasOthers, IReadOnlyList<BarGroup> Bars)
{
    public const int Largest = 5;

    /// <param name="to">The last day that counts.</param>
    public static DayBars Of(IReadOnlyList<DayAmount> amounts, DateOnly from, DateOnly to)
    {
        List<string> keys =
        [
            .. amounts
                .GroupBy(a => a.Key, StringComparer.Ordinal)
                .OrderByDescending(g => g.Sum(a => a.Amount.Micros))
                .ThenBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => g.Key),
        ];
        List<string> own = [.. keys.Take(Largest)];
        bool others = keys.Count > Largest;
        var byDay = amounts.ToLookup(a => a.Day);
        List<BarGroup> bars = [];
        for (DateOnly day = from; day <= to; day = day.AddDays(1))
        {
            List<DayAmount> here = [.. byDay[day]];
            List<double> values = [.. own.Select(key => Value(here.Where(a => a.Key == key)))];
            if (others)
                values.Add(Value(here.Where(a => !own.Contains(a.Key))));
            bars.Add(
                new BarGroup(Times.Format(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), TimeStyle.Day), values)
            );
        }
        return new DayBars(own, others, bars);
    }

    private static double Value(IEnumerable<DayAmount> amounts) => (double)amounts.Sum(a => a.Amount.Amount);
}
