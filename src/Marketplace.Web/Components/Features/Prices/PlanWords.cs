using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Prices;

/// <summary>One row of a price plan as a person reads it.</summary>
/// <param name="Price">Per card-hour, or the amount of a minimum; null where there is none to show.</param>
internal sealed record PlanRow(string What, string? Price);

/// <summary>Price plans in words.</summary>
internal static class PlanWords
{
    private const int DaysPerWeek = 7;

    /// <summary>The lowest price per card-hour that use can reach: the lowest tier in the cheapest hours.</summary>
    public static decimal Lowest(PricePlan plan, decimal unitPrice) =>
        unitPrice * plan.Tiers.Select(t => t.Factor).Append(1).Min() * (plan.Pattern?.Bands.Select(b => b.Factor).Append(1).Min() ?? 1);

    public static IReadOnlyList<PlanRow> Rows(PricePlan plan, decimal unitPrice, string currency, IStringLocalizer<PlanText> T)
    {
        string Price(decimal factor) => MoneyDisplay.Format(unitPrice * factor, currency, MoneyDigits.UnitPrice);
        List<PlanRow> rows = [];
        if (plan.Tiers.Count > 0)
        {
            rows.Add(new PlanRow(T["Tier.First", Numbers.Short((double)plan.Tiers[0].FromUnits)], Price(1)));
            string key = plan.TierMode == TierMode.Volume ? "Tier.Volume" : "Tier.Graduated";
            rows.AddRange(plan.Tiers.Select(t => new PlanRow(T[key, Numbers.Short((double)t.FromUnits)], Price(t.Factor))));
        }
        if (plan.Pattern is { } pattern)
            rows.AddRange(
                pattern.Bands.Select(b => new PlanRow(
                    T["Band", Days(b.Days, T), $"{b.FromHour:00}:00", $"{b.ToHour:00}:00", pattern.TimeZone],
                    Numbers.Change((double)b.Factor - 1)
                ))
            );
        if (plan.Minimum is { } minimum)
            rows.Add(new PlanRow(T[$"Minimum.{minimum.Period}"], MoneyDisplay.Format(minimum.Amount, currency)));
        if (plan.Prepaid is { } prepaid)
            rows.Add(new PlanRow(T["Prepaid", Numbers.Count(prepaid.MinUnits), Numbers.Count(prepaid.Days)], Price(prepaid.Factor)));
        return rows;
    }

    private static string Days(IReadOnlyList<DayOfWeek> days, IStringLocalizer<PlanText> T) =>
        days.Count == DaysPerWeek ? T["Days.All"]
        : days.Count == 2 && days.Contains(DayOfWeek.Saturday) && days.Contains(DayOfWeek.Sunday) ? T["Days.Weekend"]
        : days.Count == 5 && !days.Contains(DayOfWeek.Saturday) && !days.Contains(DayOfWeek.Sunday) ? T["Days.Week"]
        : string.Join(", ", days.Select(d => T[$"Day.{d}"].Value));
}
