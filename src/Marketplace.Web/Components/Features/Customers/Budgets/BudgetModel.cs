using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>What stands in the form; the module's rules judge the request it becomes.</summary>
public sealed class BudgetModel
{
    public string? Name { get; set; }
    public BudgetScope Scope { get; set; }
    public string ProjectId { get; set; } = "";
    public string MemberId { get; set; } = "";
    public BudgetKind Kind { get; set; } = BudgetKind.Month;
    public decimal? Amount { get; set; }
    public string Currency { get; set; } = "CNY";

    /// <summary>Percentages with commas.</summary>
    public string? Thresholds { get; set; } = "50, 80, 100";
    public bool HardStop { get; set; }
    public DateTimeOffset? StartsOn { get; set; }

    public Outcome<CreateBudget> ToCreate() =>
        Fractions(Thresholds)
            .Map(thresholds => new CreateBudget(
                Name ?? "",
                Scope,
                Scope switch
                {
                    BudgetScope.Project => ProjectId,
                    BudgetScope.Member => MemberId,
                    _ => null,
                },
                Kind,
                Amount ?? 0,
                Currency
            )
            {
                Thresholds = thresholds,
                HardStop = HardStop && Kind != BudgetKind.HourlyRate,
                StartsOn = StartsOn is { } day ? DateOnly.FromDateTime(day.UtcDateTime) : null,
            });

    public Outcome<ChangeBudget> ToChange(BudgetView seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return Fractions(Thresholds)
            .Map(thresholds => new ChangeBudget
            {
                Version = seen.Version,
                Name = Name ?? "",
                Amount = Amount ?? 0,
                Thresholds = thresholds,
                HardStop = seen.Kind == BudgetKind.HourlyRate ? null : HardStop,
            });
    }

    /// <summary>Starts from a budget, to change it.</summary>
    public void Take(BudgetView budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        Name = budget.Name;
        Amount = budget.Amount.Amount;
        Kind = budget.Kind;
        Thresholds = string.Join(", ", budget.Thresholds.Select(t => (t * 100).ToString("0.##", CultureInfo.InvariantCulture)));
        HardStop = budget.HardStop;
    }

    private static Outcome<IReadOnlyList<decimal>> Fractions(string? text)
    {
        List<decimal> fractions = [];
        foreach (
            string part in (text ?? "").Split([',', '，', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (!decimal.TryParse(part.TrimEnd('%'), NumberStyles.Number, CultureInfo.InvariantCulture, out decimal percent))
                return Problem.Invalid(
                    "/thresholds",
                    $"'{part}' is not a percentage.",
                    "Write percentages with commas, such as 50, 80, 100."
                );
            fractions.Add(percent / 100);
        }
        return Outcome<IReadOnlyList<decimal>>.Ok(fractions);
    }
}
