using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Budgets;

/// <summary>What a budget may look like; each error names the field and the fix. Pure.</summary>
internal static class BudgetRules
{
    public static readonly IReadOnlyList<decimal> DefaultThresholds = [0.5m, 0.8m, 1m];
    private const int MaxName = 60;
    private const int MaxThresholds = 10;
    private const int ThresholdDecimals = 4;
    private const decimal MaxThreshold = 10m;
    private const decimal MaxAmount = 1_000_000_000m;
    private const int MaxDaysAhead = 366;

    /// <returns>null when the request is in order. Whether the project or member exists is not asked here.</returns>
    public static Problem? Check(CreateBudget request, DateOnly today)
    {
        List<FieldError> errors = [];
        if (!Enum.IsDefined(request.Scope))
            errors.Add(new("/scope", "This scope does not exist.", "Use organization, project or member."));
        else if (request.Scope == BudgetScope.Organization && !string.IsNullOrEmpty(request.ScopeId))
            errors.Add(
                new("/scopeId", "A budget of the organisation names no project or member.", "Leave it out, or choose another scope.")
            );
        else if (request.Scope != BudgetScope.Organization && string.IsNullOrWhiteSpace(request.ScopeId))
            errors.Add(new("/scopeId", "The project or member is missing.", "Name whose spending the budget counts."));
        if (!Enum.IsDefined(request.Kind))
            errors.Add(new("/kind", "This kind does not exist.", "Use hourlyRate, day, month or total."));
        if (Currency.TryParse(request.Currency) is null)
            errors.Add(new("/currency", "This currency is not traded here.", "Use CNY, USD or EUR."));
        if (request.HardStop && request.Kind == BudgetKind.HourlyRate)
            errors.Add(
                new(
                    "/hardStop",
                    "An hourly rate refuses orders and stops nothing.",
                    "Leave the hard stop out, or use a day, month or total."
                )
            );
        if (request.StartsOn is { } first && (first < today || first > today.AddDays(MaxDaysAhead)))
            errors.Add(new("/startsOn", "The first day must be today or in the coming year.", "Choose a day from today on, in UTC."));
        return Of([.. errors, .. CheckContent(request.Name, request.Amount, request.Thresholds)]);
    }

    /// <returns>null when the changes fit a budget of this kind.</returns>
    public static Problem? Check(ChangeBudget request, BudgetKind kind)
    {
        List<FieldError> errors = [];
        if (request.HardStop == true && kind == BudgetKind.HourlyRate)
            errors.Add(new("/hardStop", "An hourly rate refuses orders and stops nothing.", "Leave the hard stop out."));
        return Of([.. errors, .. CheckContent(request.Name ?? "-", request.Amount ?? 1, request.Thresholds)]);
    }

    /// <summary>Main units to micro-units, half-even; checked amounts fit.</summary>
    public static long Micros(decimal amount) => checked((long)decimal.Round(amount * Money.MicrosPerUnit, 0, MidpointRounding.ToEven));

    private static IEnumerable<FieldError> CheckContent(string? name, decimal amount, IReadOnlyList<decimal>? thresholds)
    {
        string trimmed = name?.Trim() ?? "";
        if (trimmed.Length is 0 or > MaxName || trimmed.Any(char.IsControl))
            yield return new("/name", $"The name must have 1 to {MaxName} characters.", "Give the budget a short name.");
        if (amount is < 0.01m or > MaxAmount)
            yield return new("/amount", $"The amount must be between 0.01 and {MaxAmount:N0}.", "Change the amount.");
        if (thresholds is null)
            yield break;
        if (thresholds.Count > MaxThresholds || thresholds.Distinct().Count() != thresholds.Count)
            yield return new("/thresholds", $"There can be at most {MaxThresholds} thresholds, each once.", "Remove some.");
        if (thresholds.Any(t => t <= 0 || t > MaxThreshold || decimal.Round(t, ThresholdDecimals) != t))
            yield return new(
                "/thresholds",
                $"Thresholds are fractions above 0 and at most {MaxThreshold:0}, with at most {ThresholdDecimals} decimals.",
                "Use 0.8 for eighty percent."
            );
    }

    private static Problem? Of(IReadOnlyList<FieldError> errors) => errors.Count == 0 ? null : Problem.Invalid(errors);
}
