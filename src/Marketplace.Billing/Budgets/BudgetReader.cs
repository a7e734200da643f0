using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Npgsql;

namespace Marketplace.Billing.Budgets;

/// <summary>The sums budgets are judged by.</summary>
internal sealed class BudgetReader(MarketplaceDbContext db, TimeProvider time)
{
    // Which rows of contract_scope a budget counts: $4 its scope, $5 the project or member.
    private const string InScope = "($4 = 'Organization' or $4 = 'Project' and s.project_id = $5 or $4 = 'Member' and s.member_id = $5)";

    /// <summary>Orders and changes of budgets of one customer in one currency take turns under this name.</summary>
    public static string TurnOf(string partyId, Currency currency) => $"billing/budgets/{partyId}/{currency.Code}";

    /// <summary>Every budget of a party that counts now, by id.</summary>
    public Task<List<BudgetStanding>> StandingsAsync(string partyId, Currency currency, CancellationToken ct)
    {
        DateOnly today = BudgetPeriod.DayOf(time.GetUtcNow());
        return db.ReadAsync(
            """
            select budget_id, version, scope, scope_id, kind, name, amount, thresholds, hard_stop, starts_on, spent, committed, per_hour, lately
            from billing.budget_standing($1, $2, $3)
            """,
            r => Read(r, currency, today),
            ct,
            partyId,
            currency.Code,
            today
        );
    }

    /// <summary>Takes the turn and reads after it, in one round trip: what those before have committed is seen.</summary>
    public async Task<List<BudgetStanding>> LockedStandingsAsync(string partyId, Currency currency, CancellationToken ct)
    {
        DateOnly today = BudgetPeriod.DayOf(time.GetUtcNow());
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add("select pg_advisory_xact_lock(hashtextextended($1, 0))", TurnOf(partyId, currency));
        batch.Add(
            """
            select budget_id, version, scope, scope_id, kind, name, amount, thresholds, hard_stop, starts_on, spent, committed, per_hour, lately
            from billing.budget_standing($1, $2, $3)
            """,
            partyId,
            currency.Code,
            today
        );
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        return await reader.NextRowsAsync(r => Read(r, currency, today), ct);
    }

    /// <summary>Parties and currencies with a budget that has not ended.</summary>
    public Task<List<(string PartyId, Currency Currency)>> WatchedAsync(CancellationToken ct) =>
        db.ReadAsync(
            """
            select distinct b.party_id, b.currency from billing.budget b
            where not exists (select from billing.budget_version v where v.budget_id = b.id and v.state = 'Ended')
            order by 1, 2
            """,
            r => (r.GetString(0), Currency.Parse(r.GetString(1))),
            ct
        );

    /// <summary>The customer of a contract and its currency, when a budget may watch it; empty otherwise.</summary>
    public Task<List<(string PartyId, Currency Currency)>> WatchedByAsync(string contractId, CancellationToken ct) =>
        db.ReadAsync(
            """
            select t.customer_id, t.currency from billing.contract_terms t
            where t.contract_id = $1 and exists (
                select from billing.budget b
                where b.party_id = t.customer_id and b.currency = t.currency
                  and not exists (select from billing.budget_version v where v.budget_id = b.id and v.state = 'Ended'))
            """,
            r => (r.GetString(0), Currency.Parse(r.GetString(1))),
            ct,
            contractId
        );

    /// <summary>Spent by day in a budget's scope, from a day on. Days without spending are left out.</summary>
    public Task<List<(DateTimeOffset From, long Spent)>> ByDayAsync(string partyId, BudgetStanding budget, CancellationToken ct) =>
        db.ReadAsync(
            $"""
            select d.day, sum(d.spent)::bigint
            from billing.contract_day d left join billing.contract_scope s on s.contract_id = d.contract_id
            where d.customer_id = $1 and d.currency = $2 and d.day >= $3 and {InScope}
            group by 1 order by 1
            """,
            r => (BudgetPeriod.Begin(r.GetFieldValue<DateOnly>(0)), r.GetInt64(1)),
            ct,
            partyId,
            budget.Currency.Code,
            budget.Period.Start,
            budget.Scope.ToString(),
            budget.ScopeId
        );

    /// <summary>Spent by hour of a day.</summary>
    public Task<List<(DateTimeOffset From, long Spent)>> ByHourAsync(string partyId, BudgetStanding budget, CancellationToken ct) =>
        db.ReadAsync(
            $"""
            select date_trunc('hour', l.window_from), sum(l.net + l.tax)::bigint
            from billing.contract_day d
            join billing.rated_line l on l.contract_id = d.contract_id
                and l.window_from >= $3::timestamp at time zone 'UTC' and l.window_from < ($3 + 1)::timestamp at time zone 'UTC'
            left join billing.contract_scope s on s.contract_id = d.contract_id
            where d.customer_id = $1 and d.currency = $2 and d.day = $3 and {InScope}
            group by 1 order by 1
            """,
            r => (r.Instant(0), r.GetInt64(1)),
            ct,
            partyId,
            budget.Currency.Code,
            budget.Period.Start,
            budget.Scope.ToString(),
            budget.ScopeId
        );

    /// <summary>Spending of a party by project or member.</summary>
    public Task<List<ScopeSpending>> SpendingAsync(
        string partyId,
        BudgetScope by,
        Currency currency,
        DateOnly from,
        DateOnly to,
        CancellationToken ct
    )
    {
        string column = by switch
        {
            BudgetScope.Project => "s.project_id",
            BudgetScope.Member => "s.member_id",
            _ => throw new ArgumentException("Spending has parts by project or by member.", nameof(by)),
        };
        return db.ReadAsync(
            $"""
            select {column}, sum(d.spent)::bigint
            from billing.contract_day d left join billing.contract_scope s on s.contract_id = d.contract_id
            where d.customer_id = $1 and d.currency = $2 and d.day >= $3 and d.day < $4
            group by 1 order by 1 nulls last
            """,
            r => new ScopeSpending(r.TextOrNull(0), new Money(r.GetInt64(1), currency)),
            ct,
            partyId,
            currency.Code,
            from,
            to
        );
    }

    private static BudgetStanding Read(NpgsqlDataReader r, Currency currency, DateOnly today)
    {
        BudgetKind kind = Enum.Parse<BudgetKind>(r.GetString(4));
        DateOnly startsOn = r.GetFieldValue<DateOnly>(9);
        return new BudgetStanding(
            r.GetString(0),
            r.GetInt32(1),
            Enum.Parse<BudgetScope>(r.GetString(2)),
            r.TextOrNull(3),
            kind,
            r.GetString(5),
            currency,
            r.GetInt64(6),
            r.GetFieldValue<decimal[]>(7),
            r.GetBoolean(8),
            startsOn,
            BudgetPeriod.Of(kind, startsOn, today),
            r.GetInt64(10),
            r.GetInt64(11),
            r.GetInt64(12),
            r.GetInt64(13)
        );
    }
}
