using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>The acting organisation's budgets. Changing one needs its finance role or higher; every change is a new version.</summary>
public interface IBudgets
{
    /// <summary>Idempotent per key: the same request returns the budget that is there, another one is refused.</summary>
    Task<Outcome<BudgetView>> CreateAsync(CreateBudget request, string idempotencyKey, CancellationToken ct);

    /// <summary><c>budget-ended</c> (409) after its end, <c>budget-changed</c> (409) when another version is there.</summary>
    Task<Outcome<BudgetView>> ChangeAsync(string budgetId, ChangeBudget request, CancellationToken ct);

    /// <summary>It limits nothing from now on; <c>budget-ended</c> (409) the second time.</summary>
    Task<Outcome<BudgetView>> EndAsync(string budgetId, CancellationToken ct);
    Task<BudgetView?> FindAsync(string budgetId, CancellationToken ct);

    /// <summary>The newest first.</summary>
    Task<Page<BudgetView>> ListAsync(BudgetQuery query, CancellationToken ct);

    /// <summary>Every version, the newest first; empty when there is no such budget.</summary>
    Task<IReadOnlyList<BudgetVersionView>> VersionsAsync(string budgetId, CancellationToken ct);

    /// <summary>The newest first.</summary>
    Task<Page<BudgetAlertView>> AlertsAsync(BudgetAlertQuery query, CancellationToken ct);

    Task<BudgetAlertView?> FindAlertAsync(string alertId, CancellationToken ct);

    /// <summary>What it has stopped in its current period, the newest first, at most 500.</summary>
    Task<IReadOnlyList<BudgetStopView>> StopsAsync(string budgetId, CancellationToken ct);

    /// <summary>null when there is no such budget, when it does not count now, and for an hourly rate.</summary>
    Task<BurnDown?> BurnDownAsync(string budgetId, CancellationToken ct);

    /// <summary>Spending of the acting organisation by project or by member, tax included.</summary>
    /// <param name="from">First day, UTC.</param>
    /// <param name="to">First day that no longer counts, UTC.</param>
    /// <exception cref="ArgumentException">The organisation as a whole has no parts.</exception>
    Task<IReadOnlyList<ScopeSpending>> SpendingAsync(BudgetScope by, Currency currency, DateOnly from, DateOnly to, CancellationToken ct);
}

/// <summary>What whoever sells asks budgets before money is held.</summary>
public interface IBudgetAdmission
{
    /// <summary>
    /// Decides about requests of one customer in one currency, one after another: each that is admitted counts for those behind it. Orders of the
    /// same customer and currency take turns from here until the transaction ends, so call it inside the one that places the hold.
    /// </summary>
    /// <returns>One entry per request: null where every budget allows it, else <c>budget-exceeded</c> (409) with the numbers of the tightest.</returns>
    Task<IReadOnlyList<Problem?>> AdmitAsync(string customerId, IReadOnlyList<SpendRequest> requests, CancellationToken ct);

    /// <summary>What the budgets that apply would say, without taking a turn: for showing before buying. The tightest first.</summary>
    Task<IReadOnlyList<BudgetFit>> FitsAsync(string customerId, SpendRequest request, CancellationToken ct);

    /// <summary>Says whose spending contracts are; written with the next save. Their terms must be registered before.</summary>
    void Register(IReadOnlyList<ContractScope> contracts);

    /// <summary>Raises the alerts and stops that charges of a contract have made due; call after rating.</summary>
    Task WatchAsync(string contractId, CancellationToken ct);
}

/// <summary>Names of an organisation's people and credentials, which live in the host.</summary>
public interface IMemberNames
{
    /// <summary>Names by id; ids that are none of the organisation's are left out.</summary>
    Task<IReadOnlyDictionary<string, string>> FindManyAsync(string partyId, IReadOnlyCollection<string> memberIds, CancellationToken ct);
}
