using Marketplace.Billing.Tests;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Faults.Tests.Support;

/// <summary>
/// What must be true after every fault: the product's own report is green in each of its promises, and a second check, which shares no line
/// with it, agrees.
/// </summary>
internal static class BooksRight
{
    // Straight from the tables, with sums made by hand: nothing of the product's functions or views.
    private const string Sql = """
        with side as (
            select debit_account as account, amount as debit, 0::bigint as credit from billing.leg
            union all select credit_account, 0, amount from billing.leg),
        total as (select account, sum(debit) as debits, sum(credit) as credits from side group by account)
        select 'currency ' || a.currency || ' is not balanced' from billing.account a join total t on t.account = a.id
        group by a.currency having sum(t.debits) <> sum(t.credits)
        union all
        select 'account ' || a.code || ' ' || a.currency || ' stores other totals than its legs'
        from billing.account a left join total t on t.account = a.id
        where a.authorising and (a.debits <> coalesce(t.debits, 0) or a.credits <> coalesce(t.credits, 0))
        union all
        select 'account ' || a.code || ' ' || a.currency || ' is overdrawn'
        from billing.account a join total t on t.account = a.id where a.authorising and t.credits - t.debits < a.floor
        union all
        select 'journal ' || j.id || ' is half there'
        from billing.journal j
        where (select count(*) from billing.leg l where l.journal_id = j.id) <> j.leg_count
           or (select sum(amount) from billing.leg l where l.journal_id = j.id) is distinct from j.total
        union all
        select 'leg of ' || l.journal_id || ' stands alone' from billing.leg l
        where not exists (select from billing.journal j where j.id = l.journal_id and j.xid = l.xid)
        union all
        select 'key ' || j.source || '/' || j.idem_key || ' is there more than once'
        from billing.journal j group by j.source, j.idem_key having count(*) > 1
        union all
        select 'hold ' || h.reference || ' has ' || (h.promo_remaining + h.available_remaining) || ' left and its legs say otherwise'
        from billing.hold h
        where h.promo_remaining + h.available_remaining <> coalesce((
            select sum(case when l.credit_account = h.account_id then l.amount else -l.amount end)
            from billing.leg l where l.hold_id = h.id), 0)
        union all
        select 'snapshot of ' || s.account_id || ' is not its legs'
        from billing.balance_snapshot s
        where s.debits <> (select coalesce(sum(l.amount), 0) from billing.leg l, billing.ledger_clock c
                           where l.debit_account = s.account_id and l.xid < c.snapshot_horizon)
           or s.credits <> (select coalesce(sum(l.amount), 0) from billing.leg l, billing.ledger_clock c
                            where l.credit_account = s.account_id and l.xid < c.snapshot_horizon)
        """;

    public static async Task AssertAsync(BillingHouse house, NpgsqlDataSource source)
    {
        var report = await BooksBalance.AssertAsync(house.Services);
        Assert.All(report.Invariants, i => Assert.True(i.Holds, i.Invariant));
        Assert.All(report.TrialBalance, l => Assert.True(l.Agrees, $"{l.Currency} {l.Class}"));
        await AssertTablesAsync(source);
    }

    /// <summary>The second check alone.</summary>
    public static async Task AssertTablesAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> wrong = [];
        while (await reader.ReadAsync())
            wrong.Add(reader.GetString(0));
        Assert.True(wrong.Count == 0, "The books are wrong:\n" + string.Join('\n', wrong));
    }

    /// <summary>Every journal there is, as a number that changes when one is added, taken away or touched.</summary>
    public static async Task<string> PictureAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            select (select count(*) from billing.journal) || '/' || (select count(*) from billing.leg) || '/'
                   || coalesce((select sum(hashtextextended(l::text, 0)) from billing.leg l), 0) || '/'
                   || coalesce((select sum(hashtextextended(a.id || '=' || (a.credits - a.debits), 0)) from billing.account a where a.credits + a.debits > 0), 0)
            """
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
