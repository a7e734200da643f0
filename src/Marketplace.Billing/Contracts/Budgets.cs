using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>Whose spending a budget counts.</summary>
public enum BudgetScope
{
    Organization,
    Project,

    /// <summary>One person, API key or client: what they have ordered.</summary>
    Member,
}

public enum BudgetKind
{
    /// <summary>What an hour of all running and held workloads costs.</summary>
    HourlyRate,

    /// <summary>A day in UTC.</summary>
    Day,

    /// <summary>A calendar month in UTC.</summary>
    Month,

    /// <summary>Everything from the first day on.</summary>
    Total,
}

/// <summary>An ended budget limits nothing and stays ended.</summary>
public enum BudgetState
{
    Active,
    Ended,
}

/// <param name="Amount">In main units of the currency, tax included; above 0. For an hourly rate, per hour.</param>
public sealed record CreateBudget(string Name, BudgetScope Scope, BudgetKind Kind, decimal Amount, string Currency)
{
    /// <summary>The project, by id or name, or the member, by id; null for the organisation.</summary>
    public string? ScopeId { get; init; }

    /// <summary>Fractions of the amount at which the owners are told; null takes 0.5, 0.8 and 1.</summary>
    public IReadOnlyList<decimal>? Thresholds { get; init; }

    /// <summary>Stops every workload in its scope when it is used up. Not for an hourly rate, which refuses orders only.</summary>
    public bool HardStop { get; init; }

    /// <summary>The first day in UTC on which it counts; null is today.</summary>
    public DateOnly? StartsOn { get; init; }
}

/// <summary>What is null stays as it is.</summary>
public sealed record ChangeBudget
{
    /// <summary>The version that was looked at; another one there is a conflict. null changes whatever is there.</summary>
    public int? Version { get; init; }
    public string? Name { get; init; }
    public decimal? Amount { get; init; }
    public IReadOnlyList<decimal>? Thresholds { get; init; }
    public bool? HardStop { get; init; }
}

/// <summary>A budget with where it stands now.</summary>
/// <param name="ScopeName">Name of the project or member; null for the organisation.</param>
/// <param name="Standing">null once it has ended, and before its first day.</param>
public sealed record BudgetView(
    string Id,
    int Version,
    string Name,
    BudgetScope Scope,
    string? ScopeId,
    string? ScopeName,
    BudgetKind Kind,
    Money Amount,
    IReadOnlyList<decimal> Thresholds,
    bool HardStop,
    DateOnly StartsOn,
    BudgetState State,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    BudgetStandingView? Standing
);

/// <param name="PeriodEnd">The first day that no longer counts; null for an hourly rate and a total.</param>
/// <param name="Used">Spent in the period; for an hourly rate what an hour costs now.</param>
/// <param name="Committed">Held for workloads that have not ended and not spent yet; 0 for an hourly rate.</param>
/// <param name="Left">What can still be ordered: the amount less used and committed; below 0 when it was lowered.</param>
/// <param name="UsedUpAt">When spending as lately uses it up; null when not in this period, or never at this pace.</param>
/// <param name="Stopped">Workloads it has stopped in this period.</param>
public sealed record BudgetStandingView(
    DateOnly PeriodStart,
    DateOnly? PeriodEnd,
    Money Used,
    Money Committed,
    Money Left,
    DateTimeOffset? UsedUpAt,
    int Stopped
);

public sealed record BudgetVersionView(
    int Version,
    string Name,
    Money Amount,
    IReadOnlyList<decimal> Thresholds,
    bool HardStop,
    BudgetState State,
    DateTimeOffset MadeAt,
    string MadeBy
);

public enum BudgetAlertKind
{
    /// <summary>A threshold has been passed.</summary>
    Reached,

    /// <summary>At this pace it is used up before its period ends.</summary>
    Forecast,
}

/// <param name="Threshold">Fraction of the amount.</param>
/// <param name="UsedUpAt">For a forecast: when.</param>
public sealed record BudgetAlertView(
    string Id,
    string BudgetId,
    string BudgetName,
    BudgetKind BudgetKind,
    BudgetAlertKind Kind,
    DateOnly PeriodStart,
    decimal Threshold,
    Money Amount,
    Money Spent,
    DateTimeOffset? UsedUpAt,
    DateTimeOffset RaisedAt
);

public sealed record BudgetQuery : PageQuery
{
    public BudgetState? State { get; init; }
    public BudgetKind? Kind { get; init; }
    public BudgetScope? Scope { get; init; }
}

public sealed record BudgetAlertQuery : PageQuery
{
    public string? BudgetId { get; init; }
}

/// <summary>A workload a used-up budget has stopped.</summary>
public sealed record BudgetStopView(string ContractId, DateOnly PeriodStart, DateTimeOffset StoppedAt);

/// <summary>How much of a budget was left over its period, and where that leads.</summary>
/// <param name="Left">Amount less spent, at the ends of days; for a day's budget, of hours.</param>
/// <param name="Forecast">From now to the period's end at the pace of late; empty when nothing is spent.</param>
public sealed record BurnDown(IReadOnlyList<BurnPoint> Left, IReadOnlyList<BurnPoint> Forecast);

public sealed record BurnPoint(DateTimeOffset At, Money Left);

/// <summary>An order, or more hours of one, as budgets see it.</summary>
/// <param name="Total">What would be held, tax included.</param>
/// <param name="PerHour">What an hour of it costs, tax included; zero for more hours of what runs already.</param>
public sealed record SpendRequest(Money Total, Money PerHour, string? ProjectId, string? MemberId);

/// <summary>What one budget says to an order.</summary>
/// <param name="Used">See <see cref="BudgetStandingView"/>.</param>
/// <param name="Requested">What the order adds: its total, or for an hourly rate its hour.</param>
/// <param name="Left">What can be ordered before this one.</param>
/// <param name="Until">When the budget begins anew; null when it never does.</param>
public sealed record BudgetFit(
    string BudgetId,
    string Name,
    BudgetScope Scope,
    BudgetKind Kind,
    Money Amount,
    Money Used,
    Money Committed,
    Money Requested,
    Money Left,
    DateTimeOffset? Until
)
{
    public bool Allowed => Requested <= Left || Requested.IsZero;
}

/// <summary>Whose spending a contract is.</summary>
/// <param name="PerHour">What an hour of it costs, tax included.</param>
public sealed record ContractScope(string ContractId, string CustomerId, string? ProjectId, string? MemberId, Money PerHour)
{
    /// <summary>The bundle it was ordered from; null for an own image.</summary>
    public string? BundleId { get; init; }

    /// <summary>The operator's offer it was sold from, and where it runs.</summary>
    public string? OfferId { get; init; }
    public string? SiteId { get; init; }
    public string? ClusterId { get; init; }
}

/// <summary>What was spent under one project or by one member; null for what names none.</summary>
public sealed record ScopeSpending(string? ScopeId, Money Spent);

/// <summary>An alert was raised: the owners are to be told.</summary>
[Message("billing.budget-alert.v1")]
public sealed record BudgetAlerted(string PartyId, string AlertId);
