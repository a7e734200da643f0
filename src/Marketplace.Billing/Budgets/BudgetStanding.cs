using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Budgets;

/// <summary>A budget that counts now, and where it stands at one moment. Amounts in micro-units of its currency, tax included.</summary>
/// <param name="Spent">In its period.</param>
/// <param name="Held">Rest of the holds of open contracts in its scope.</param>
/// <param name="PerHour">What an hour of the open contracts in its scope costs.</param>
/// <param name="Lately">Spent today and on the six days before.</param>
internal sealed record BudgetStanding(
    string Id,
    int Version,
    BudgetScope Scope,
    string? ScopeId,
    BudgetKind Kind,
    string Name,
    Currency Currency,
    long Amount,
    IReadOnlyList<decimal> Thresholds,
    bool HardStop,
    DateOnly StartsOn,
    BudgetPeriod Period,
    long Spent,
    long Held,
    long PerHour,
    long Lately
)
{
    private bool IsRate => Kind == BudgetKind.HourlyRate;

    /// <summary>What counts against the amount for good: spent, or for a rate the rate.</summary>
    public long Used => IsRate ? PerHour : Spent;

    /// <summary>What may still come to be spent without a further order.</summary>
    public long Committed => IsRate ? 0 : Held;

    public long Left => checked(Amount - Used - Committed);

    public bool Counts(string? projectId, string? memberId) =>
        Scope switch
        {
            BudgetScope.Organization => true,
            BudgetScope.Project => ScopeId == projectId,
            BudgetScope.Member => ScopeId == memberId,
            _ => throw new InvalidOperationException($"Budget {Id} has the unknown scope {Scope}."),
        };

    /// <summary>What an order adds to it, in micro-units.</summary>
    public long Adds(SpendRequest request) => IsRate ? request.PerHour.Micros : request.Total.Micros;

    /// <summary>The same with an order more.</summary>
    public BudgetStanding With(SpendRequest request) =>
        this with
        {
            Held = checked(Held + request.Total.Micros),
            PerHour = checked(PerHour + request.PerHour.Micros),
        };

    public Money Money(long micros) => new(micros, Currency);
}
