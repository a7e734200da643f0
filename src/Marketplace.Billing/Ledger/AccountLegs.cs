using System.Globalization;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Pages;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Billing.Ledger;

/// <summary>Where a row of an account's legs stands: the order of recording, then the journal's own.</summary>
internal readonly record struct LegKey(long Xid, string JournalId, int Line);

/// <summary>
/// One page of an account's legs, as a query. The balance after a leg is what the account had before the page's oldest journal, and what
/// came since: the newest pages are counted down from the balance of now, the oldest up from nothing, so that neither end of a long account
/// costs its whole length. Journals are told apart by grouping, not by distinct, which PostgreSQL 15 does not do along an index with a limit.
/// </summary>
internal sealed class AccountLegs
{
    private readonly string sort;
    private readonly bool oldestFirst;
    private readonly LegKey? after;
    private readonly int take;
    private readonly int skip;

    private AccountLegs(PageQuery query)
    {
        sort = string.IsNullOrEmpty(query.Sort) ? "-" + LedgerReader.RecordedAt : query.Sort;
        oldestFirst = sort == LedgerReader.RecordedAt;
        if (!oldestFirst && sort != "-" + LedgerReader.RecordedAt)
            throw new ArgumentException($"Cannot sort by '{sort}'. Use {LedgerReader.RecordedAt}.", nameof(query));
        after =
            query.Cursor is null ? null
            : ParseCursor(sort, query.Cursor) is { } key ? key
            : throw new ArgumentException("This is not a cursor of this list.", nameof(query));
        take = query.Take;
        skip = query.Cursor is null ? Math.Max(0, query.Skip) : 0;
    }

    /// <exception cref="ArgumentException">The sort or the cursor is none of this list: the door lets no such request in.</exception>
    public static AccountLegs Parse(PageQuery query) => new(query);

    public static bool IsCursor(string? sort, string cursor) =>
        ParseCursor(string.IsNullOrEmpty(sort) ? "-" + LedgerReader.RecordedAt : sort, cursor) is not null;

    public string CursorOf(LegKey key) =>
        Cursor.Encode(sort, key.Xid.ToString(CultureInfo.InvariantCulture), key.JournalId, key.Line.ToString(CultureInfo.InvariantCulture));

    private static LegKey? ParseCursor(string sort, string cursor) =>
        Cursor.Decode(cursor, 4) is { IsOk: true, Value: var parts }
        && parts[0] == sort
        && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long xid)
        && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int line)
            ? new LegKey(xid, parts[2], line)
            : null;

    /// <param name="viewer">The party that sees its own accounts only; null for whoever sees all.</param>
    public object?[] Parameters(AccountRef account, string? viewer) =>
        [
            account.Kind,
            viewer,
            LedgerReader.Others,
            new NpgsqlParameter { Value = after is { } key ? key.Xid : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
            after?.JournalId,
            new NpgsqlParameter { Value = after is { } row ? row.Line : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer },
            // Each journal of the account is at least one row, and the cursor's own journal may have rows behind it.
            skip + take + 2,
            take + 1,
            skip,
            account.Qualifier,
            account.Currency,
        ];

    /// <summary>Columns: xid, journal, line, kind, source, group, other account, debit, credit, debits and credits so far, effective, recorded, actor, reason.</summary>
    public string Sql
    {
        get
        {
            string way = oldestFirst ? "asc" : "desc";
            string beyond = oldestFirst ? ">" : "<";
            return $"""
                with acct as (
                    select a.id, b.debits, b.credits
                    from billing.balances(array(select id from billing.account where kind = $1 and qualifier = $10 and currency = $11)) b
                    join billing.account a on a.id = b.account_id
                    where $2::text is null or a.party_id = $2
                    limit 1
                ),
                touched as (
                    select distinct t.xid, t.journal_id
                    from acct a
                    cross join lateral (
                        (select l.xid, l.journal_id from billing.leg l
                         where l.debit_account = a.id and ($4::bigint is null or (l.xid, l.journal_id) {beyond}= ($4, $5))
                         group by l.xid, l.journal_id order by l.xid {way}, l.journal_id {way} limit $7)
                        union all
                        (select l.xid, l.journal_id from billing.leg l
                         where l.credit_account = a.id and ($4::bigint is null or (l.xid, l.journal_id) {beyond}= ($4, $5))
                         group by l.xid, l.journal_id order by l.xid {way}, l.journal_id {way} limit $7)
                    ) t
                    order by t.xid {way}, t.journal_id {way}
                    limit $7
                ),
                moved as (
                    select t.xid, t.journal_id, l.line,
                           case when $2::text is null or o.party_id = $2 then o.code else $3 end as other,
                           case when l.debit_account = a.id then l.amount else 0 end as debit,
                           case when l.credit_account = a.id then l.amount else 0 end as credit
                    from touched t
                    join billing.leg l on l.journal_id = t.journal_id
                    join acct a on a.id in (l.debit_account, l.credit_account)
                    join billing.account o on o.id = case when l.debit_account = a.id then l.credit_account else l.debit_account end
                ),
                shown as (
                    select xid, journal_id, min(line)::integer as line, other, sum(debit)::bigint as debit, sum(credit)::bigint as credit
                    from moved
                    group by xid, journal_id, other, debit > 0, case when $2::text is null then line end
                ),
                before as materialized ({Before})
                select s.xid, s.journal_id, s.line, j.kind, j.source, j.group_id, s.other, s.debit, s.credit, s.debits, s.credits,
                       j.effective_at, j.recorded_at, j.actor, j.reason
                from (
                    select s.*
                    from (
                        select s.*,
                               (b.debits + sum(s.debit) over until)::bigint as debits,
                               (b.credits + sum(s.credit) over until)::bigint as credits
                        from shown s cross join before b
                        window until as (order by s.xid, s.journal_id, s.line)
                    ) s
                    where $4::bigint is null or (s.xid, s.journal_id, s.line) {beyond} ($4, $5, $6)
                    order by s.xid {way}, s.journal_id {way}, s.line {way}
                    limit $8 offset $9
                ) s
                join billing.journal j on j.id = s.journal_id
                order by s.xid {way}, s.journal_id {way}, s.line {way}
                """;
        }
    }

    // What the account had before the oldest of the journals touched.
    private string Before =>
        oldestFirst
            ? """
                select coalesce((select sum(l.amount) from billing.leg l where l.debit_account = a.id and (l.xid, l.journal_id) < (o.xid, o.journal_id)), 0) as debits,
                       coalesce((select sum(l.amount) from billing.leg l where l.credit_account = a.id and (l.xid, l.journal_id) < (o.xid, o.journal_id)), 0) as credits
                from acct a cross join (select * from touched order by xid, journal_id limit 1) o
                """
            : """
                select a.debits - coalesce((select sum(l.amount) from billing.leg l where l.debit_account = a.id and (l.xid, l.journal_id) >= (o.xid, o.journal_id)), 0) as debits,
                       a.credits - coalesce((select sum(l.amount) from billing.leg l where l.credit_account = a.id and (l.xid, l.journal_id) >= (o.xid, o.journal_id)), 0) as credits
                from acct a cross join (select * from touched order by xid, journal_id limit 1) o
                """;
}
