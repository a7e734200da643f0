using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Budgets;

/// <summary>What may be ordered: spent + committed + new ≤ amount, for every budget that counts it. Pure.</summary>
internal static class Admission
{
    public const string Code = "budget-exceeded";

    /// <summary>Decides about requests one after another; what is admitted is committed for those behind it.</summary>
    /// <returns>One entry per request: null where it is admitted.</returns>
    /// <exception cref="InvalidOperationException">A request is in another currency than the budgets.</exception>
    public static IReadOnlyList<Problem?> Decide(IReadOnlyList<BudgetStanding> budgets, IReadOnlyList<SpendRequest> requests)
    {
        var now = budgets.ToArray();
        var problems = new Problem?[requests.Count];
        for (int i = 0; i < requests.Count; i++)
        {
            SpendRequest request = requests[i];
            if (Fits(now, request).Where(fit => !fit.Allowed).ToList() is { Count: > 0 } refusing)
            {
                problems[i] = Refusal(refusing);
                continue;
            }
            for (int b = 0; b < now.Length; b++)
                if (now[b].Counts(request.ProjectId, request.MemberId))
                    now[b] = now[b].With(request);
        }
        return problems;
    }

    /// <summary>What each budget that counts a request says to it; the one that refuses by most first.</summary>
    public static IReadOnlyList<BudgetFit> Fits(IEnumerable<BudgetStanding> budgets, SpendRequest request) =>
        [
            .. budgets
                .Where(b => b.Counts(request.ProjectId, request.MemberId))
                .Select(b => Fit(b, request))
                .OrderBy(fit => fit.Left - fit.Requested)
                .ThenBy(fit => fit.BudgetId, StringComparer.Ordinal),
        ];

    private static BudgetFit Fit(BudgetStanding budget, SpendRequest request) =>
        request.Total.Currency != budget.Currency
            ? throw new InvalidOperationException($"Budget {budget.Id} counts {budget.Currency}, not {request.Total.Currency}.")
            : new(
                budget.Id,
                budget.Name,
                budget.Scope,
                budget.Kind,
                budget.Money(budget.Amount),
                budget.Money(budget.Used),
                budget.Money(budget.Committed),
                budget.Money(budget.Adds(request)),
                budget.Money(budget.Left),
                budget.Period.End is { } end ? BudgetPeriod.Begin(end) : null
            );

    /// <summary>The tightest speaks; every other one that refuses is among the errors.</summary>
    private static Problem Refusal(List<BudgetFit> refusing)
    {
        BudgetFit tightest = refusing[0];
        return new Problem(ProblemKind.Conflict, Code, "Above a budget", Sentence(tightest))
        {
            Errors = [.. refusing.Select(fit => new FieldError("", Sentence(fit), Fix(fit)))],
            Figures = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["budgetId"] = tightest.BudgetId,
                ["budget"] = tightest.Name,
                ["kind"] = char.ToLowerInvariant($"{tightest.Kind}"[0]) + $"{tightest.Kind}"[1..],
                ["currency"] = tightest.Amount.Currency.Code,
                ["amount"] = tightest.Amount.ToDecimalString(),
                ["spent"] = tightest.Used.ToDecimalString(),
                ["committed"] = tightest.Committed.ToDecimalString(),
                ["requested"] = tightest.Requested.ToDecimalString(),
                ["left"] = LeftOf(tightest).ToDecimalString(),
                ["until"] = tightest.Until?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "",
            },
        };
    }

    // An amount that was lowered below what is used leaves nothing, not less than nothing.
    private static Money LeftOf(BudgetFit fit) => fit.Left.IsNegative ? Money.Zero(fit.Left.Currency) : fit.Left;

    private static string Sentence(BudgetFit fit) =>
        fit.Until is { } until
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The budget '{fit.Name}' allows {fit.Amount} until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {fit.Used} spent, {fit.Committed} committed, {fit.Requested} more asked, {LeftOf(fit)} left."
            )
        : fit.Kind == BudgetKind.HourlyRate
            ? $"The budget '{fit.Name}' allows {fit.Amount} per hour: {fit.Used} running or held, {fit.Requested} more asked, {LeftOf(fit)} left."
        : $"The budget '{fit.Name}' allows {fit.Amount} in all: {fit.Used} spent, {fit.Committed} committed, {fit.Requested} more asked, {LeftOf(fit)} left.";

    private static string Fix(BudgetFit fit) =>
        fit.Kind == BudgetKind.HourlyRate
            ? "Order less at once, end something that runs, or ask whoever keeps your budgets to raise it."
            : "Order less, or ask whoever keeps your budgets to raise it.";
}
