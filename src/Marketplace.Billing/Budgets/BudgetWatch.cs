using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;

namespace Marketplace.Billing.Budgets;

/// <summary>
/// Raises what spending has made due: alerts, and the stop of what runs in the scope of a used-up budget. Each is a row that can be there once,
/// so it may run twice, late or beside itself.
/// </summary>
internal sealed class BudgetWatch(
    MarketplaceDbContext db,
    BudgetReader reader,
    IOutbox outbox,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <summary>Every party's budgets.</summary>
    /// <returns>Alerts raised and workloads stopped.</returns>
    /// <exception cref="AggregateException">Some parties' budgets could not be judged; the others were.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        int raised = 0;
        List<Exception> failures = [];
        foreach (var (party, currency) in await reader.WatchedAsync(ct))
        {
            try
            {
                raised += await db.InTransactionAsync(t => JudgeAsync(party, currency, t), ct);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One party's trouble must not keep the others' money flowing.
                db.ChangeTracker.Clear();
                failures.Add(e);
            }
        }
        return failures.Count == 0 ? raised : throw new AggregateException(failures);
    }

    /// <summary>The budgets that count a contract, after it was charged.</summary>
    public async Task WatchContractAsync(string contractId, CancellationToken ct)
    {
        foreach (var (party, currency) in await reader.WatchedByAsync(contractId, ct))
            await db.InTransactionAsync(t => JudgeAsync(party, currency, t), ct);
    }

    /// <summary>One party's budgets in one currency; call inside a transaction.</summary>
    /// <returns>Alerts raised and workloads stopped.</returns>
    public async Task<int> JudgeAsync(string partyId, Currency currency, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        int raised = 0;
        // By id, as everybody: two that judge at once never wait for each other crosswise.
        foreach (BudgetStanding budget in await reader.StandingsAsync(partyId, currency, ct))
        {
            raised += await AlertAsync(partyId, budget, now, ct);
            if (AlertRule.Stops(budget))
                raised += await StopAsync(partyId, budget, now, ct);
        }
        if (raised > 0)
            changes.Announce($"party:{partyId}");
        return raised;
    }

    private async Task<int> AlertAsync(string partyId, BudgetStanding budget, DateTimeOffset now, CancellationToken ct)
    {
        List<string> reached = [];
        List<string> forecast = [];
        foreach (DueAlert due in AlertRule.Due(budget, now))
        {
            var raised = await db.ReadAsync(
                """
                insert into billing.budget_alert
                    (id, budget_id, party_id, kind, period_start, threshold, amount, spent, used_up_at, raised_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                on conflict on constraint budget_alert_once do nothing
                returning id
                """,
                r => r.GetString(0),
                ct,
                ids.New(IdPrefix.BudgetAlert),
                budget.Id,
                partyId,
                due.Kind.ToString(),
                budget.Period.Start,
                due.Threshold,
                budget.Amount,
                budget.Used,
                Sql.Moment(due.UsedUpAt),
                now
            );
            (due.Kind == BudgetAlertKind.Reached ? reached : forecast).AddRange(raised);
        }
        // Several thresholds passed at once are several alerts and one mail: of the highest.
        foreach (string? told in new[] { reached.LastOrDefault(), forecast.LastOrDefault() })
            if (told is not null)
                outbox.Publish(new BudgetAlerted(partyId, told), key: budget.Id);
        return reached.Count + forecast.Count;
    }

    private async Task<int> StopAsync(string partyId, BudgetStanding budget, DateTimeOffset now, CancellationToken ct)
    {
        var stopped = await db.ReadAsync(
            """
            insert into billing.budget_stop (budget_id, period_start, amount, contract_id, party_id, stopped_at)
            select $1, $2, $3, c.contract_id, c.customer_id, $6
            from billing.contract_cost c
            left join billing.contract_scope s on s.contract_id = c.contract_id
            where c.customer_id = $7 and c.currency = $8 and c.ended_at is null
              and ($4 = 'Organization' or $4 = 'Project' and s.project_id = $5 or $4 = 'Member' and s.member_id = $5)
            order by c.contract_id
            on conflict do nothing
            returning contract_id
            """,
            r => r.GetString(0),
            ct,
            budget.Id,
            budget.Period.Start,
            budget.Amount,
            budget.Scope.ToString(),
            budget.ScopeId,
            now,
            partyId,
            budget.Currency.Code
        );
        string reason = $"The budget '{budget.Name}' is used up: {budget.Money(budget.Spent)} of {budget.Money(budget.Amount)}.";
        foreach (string contract in stopped)
        {
            outbox.Publish(new SpendingStopped(contract, reason, budget.Id), key: contract);
            changes.Announce($"contract:{contract}");
        }
        return stopped.Count;
    }
}
