using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Billing.Ledger;

/// <summary>
/// Reads the books for the acting party: every query here carries the party, because journals and legs have no owner of their own.
/// </summary>
internal sealed class LedgerReader(MarketplaceDbContext db, SealReader seals, ActorContext actor)
{
    /// <summary>What another party's side of a leg is called: amounts of other parties are not shown.</summary>
    public const string Others = "network";

    /// <summary>The field journals are sorted by.</summary>
    public const string RecordedAt = "recordedAt";

    /// <summary>null for whoever sees all.</summary>
    private string? Viewer => actor.Current.SeesAll ? null : actor.Current.PartyId;

    public async Task<WalletView> WalletAsync(string partyId, Currency currency, CancellationToken ct)
    {
        bool isOthers = Viewer is { } viewer && viewer != partyId;
        var balances = isOthers ? [] : await BalancesAsync(partyId, currency, ct);
        Money Of(params ReadOnlySpan<string> kinds)
        {
            long sum = 0;
            foreach (string kind in kinds)
                sum = checked(sum + balances.GetValueOrDefault(kind));
            return new Money(sum, currency);
        }
        long line = isOthers
            ? 0
            : (
                await db.ReadAsync(
                    "select amount from billing.credit_line where party_id = $1 and currency = $2",
                    r => r.GetInt64(0),
                    ct,
                    partyId,
                    currency.Code
                )
            ).SingleOrDefault();
        long owed = Of(Chart.AdvanceKind, Chart.UnbilledKind, Chart.ReceivableKind, Chart.ClawbackKind).Micros;
        return new WalletView(
            partyId,
            currency,
            Of(Chart.AvailableKind),
            Of(Chart.PromoKind),
            Of(Chart.HeldKind),
            Of(Chart.CenterPendingKind, Chart.OperatorPendingKind),
            Of(Chart.CenterPayableKind, Chart.OperatorPayableKind)
        )
        {
            Line = line == 0 ? null : new Money(new CreditLines.Lent(line, 0, owed).Left, currency),
        };
    }

    /// <summary>A party's balances by kind, each positive on the side its class grows on.</summary>
    private async Task<Dictionary<string, long>> BalancesAsync(string partyId, Currency currency, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select a.kind, a.class, b.debits, b.credits
                from billing.balances(array(select id from billing.account where party_id = $1 and currency = $2)) b
                join billing.account a on a.id = b.account_id
                """,
                r => (Kind: r.GetString(0), Micros: Chart.Balance(r.GetString(1), r.GetInt64(2), r.GetInt64(3))),
                ct,
                partyId,
                currency.Code
            )
        ).ToDictionary(b => b.Kind, b => b.Micros, StringComparer.Ordinal);

    public async Task<Page<JournalView>> JournalsAsync(JournalQuery query, CancellationToken ct)
    {
        (long Xid, string Id)? after = ParseCursor(query.Cursor);
        bool oldestFirst = query.Sort == RecordedAt;
        if (!oldestFirst && !string.IsNullOrEmpty(query.Sort) && query.Sort != "-" + RecordedAt)
            throw new ArgumentException($"Cannot sort by '{query.Sort}'. Use {RecordedAt}.", nameof(query));
        string way = oldestFirst ? "asc" : "desc";
        bool byAccount = Viewer is not null || query.Account is not null;
        // By account: each account's index gives its newest journals, and only those are merged. Otherwise the journal's own index leads.
        string candidates = byAccount
            ? $"""
                select distinct c.xid, c.id from (select a.id from billing.account a
                    where ($1::text is null or a.party_id = $1) and ($2::text is null or a.code = $2) and ($4::text is null or a.currency = $4)) a
                cross join lateral (
                    (select l.xid, l.journal_id as id from billing.leg l join billing.journal j on j.id = l.journal_id
                     where l.debit_account = a.id and FILTER group by l.xid, l.journal_id order by l.xid {way}, l.journal_id {way} limit $10)
                    union all
                    (select l.xid, l.journal_id from billing.leg l join billing.journal j on j.id = l.journal_id
                     where l.credit_account = a.id and FILTER group by l.xid, l.journal_id order by l.xid {way}, l.journal_id {way} limit $10)
                ) c
                """
            : """
                select j.xid, j.id from billing.journal j
                where $1::text is null and $2::text is null and FILTER
                  and ($4::text is null or exists (select from billing.leg l join billing.account a on a.id = l.debit_account
                                                   where l.journal_id = j.id and a.currency = $4))
                """;
        string filter =
            "($3::text is null or j.kind = $3) and ($5::text is null or j.group_id = $5) and ($6::timestamptz is null or j.effective_at >= $6) and ($7::timestamptz is null or j.effective_at < $7) and ($8::bigint is null or (j.xid, j.id) "
            + (oldestFirst ? ">" : "<")
            + " ($8, $9))";
        var rows = await db.ReadAsync(
            $"""
            with page as (select c.xid, c.id from ({candidates.Replace("FILTER", filter, StringComparison.Ordinal)}) c
                          order by c.xid {way}, c.id {way} limit $10 offset $11)
            select j.id, j.kind, j.source, j.idem_key, j.group_id, j.effective_at, j.recorded_at, j.reverses_id, j.xid
            from page p join billing.journal j on j.id = p.id
            order by j.xid {way}, j.id {way}
            """,
            r =>
                (
                    View: new JournalView(
                        r.GetString(0),
                        r.GetString(1),
                        r.GetString(2),
                        r.GetString(3),
                        r.TextOrNull(4),
                        r.Instant(5),
                        r.Instant(6),
                        r.TextOrNull(7),
                        []
                    ),
                    Xid: r.GetInt64(8)
                ),
            ct,
            Viewer,
            query.Account,
            query.Kind,
            query.Currency,
            query.GroupId,
            Sql.Moment(query.From),
            Sql.Moment(query.To),
            new NpgsqlParameter { Value = after is { } a ? a.Xid : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
            after?.Id,
            // With an offset the lateral branches must reach as far as the page does.
            (after is null ? Math.Max(0, query.Skip) : 0)
                + query.Take
                + 1,
            after is null ? Math.Max(0, query.Skip) : 0
        );
        var page = rows.Take(query.Take).ToList();
        var legs = (await LegsAsync([.. page.Select(p => p.View.Id)], ct)).ToLookup(l => l.JournalId, l => l.Leg, StringComparer.Ordinal);
        string? next = rows.Count > query.Take ? $"{page[^1].Xid.ToString(CultureInfo.InvariantCulture)}.{page[^1].View.Id}" : null;
        return new Page<JournalView>([.. page.Select(p => p.View with { Legs = [.. legs[p.View.Id]] })], next);
    }

    public async Task<JournalView> JournalAsync(string journalId, CancellationToken ct)
    {
        var journal = (
            await db.ReadAsync(
                "select id, kind, source, idem_key, group_id, effective_at, recorded_at, reverses_id from billing.journal where id = $1",
                r => new JournalView(
                    r.GetString(0),
                    r.GetString(1),
                    r.GetString(2),
                    r.GetString(3),
                    r.TextOrNull(4),
                    r.Instant(5),
                    r.Instant(6),
                    r.TextOrNull(7),
                    []
                ),
                ct,
                journalId
            )
        ).Single();
        return journal with { Legs = [.. (await LegsAsync([journalId], ct)).Select(l => l.Leg)] };
    }

    public async Task<JournalDetail?> FindAsync(string journalId, CancellationToken ct)
    {
        var belongings = await db.ReadAsync(
            """
            select j.actor, j.reason, (select r.id from billing.journal r where r.reverses_id = j.id)
            from billing.journal j
            where j.id = $1
              and ($2::text is null or exists (select from billing.leg l join billing.account a on a.id in (l.debit_account, l.credit_account)
                                               where l.journal_id = j.id and a.party_id = $2))
            """,
            r => (Actor: r.GetString(0), Reason: r.GetString(1), ReversedBy: r.TextOrNull(2)),
            ct,
            journalId,
            Viewer
        );
        if (belongings.Count == 0)
            return null;
        var (who, why, reversedBy) = belongings[0];
        return new JournalDetail(
            await JournalAsync(journalId, ct),
            Viewer is null ? who : null,
            Viewer is null ? why : null,
            reversedBy,
            await seals.SealOfAsync(journalId, ct)
        );
    }

    /// <summary>The total of the journal under a key; null when nothing was posted under it.</summary>
    public async Task<long?> TotalAsync(string source, string key, CancellationToken ct)
    {
        var totals = await db.ReadAsync(
            "select total from billing.journal where source = $1 and idem_key = $2",
            r => r.GetInt64(0),
            ct,
            source,
            key
        );
        return totals.Count == 0 ? null : totals[0];
    }

    // A party sees its own accounts; legs of one of its accounts with other parties are added up, so that it cannot read the split.
    private Task<List<(string JournalId, LegView Leg)>> LegsAsync(string[] journals, CancellationToken ct) =>
        db.ReadAsync(
            """
            with side as (
                select l.journal_id, l.line, l.amount, d.currency,
                       case when $2::text is null or d.party_id = $2 then d.code else $3 end as debit,
                       case when $2::text is null or c.party_id = $2 then c.code else $3 end as credit
                from billing.leg l
                join billing.account d on d.id = l.debit_account
                join billing.account c on c.id = l.credit_account
                where l.journal_id = any ($1) and ($2::text is null or d.party_id = $2 or c.party_id = $2)
            )
            select journal_id, min(line)::integer, debit, credit, sum(amount)::bigint, currency
            from side
            group by journal_id, debit, credit, currency, case when $2::text is null then line end
            order by journal_id, min(line)
            """,
            r =>
                (
                    r.GetString(0),
                    new LegView(r.GetInt32(1), r.GetString(2), r.GetString(3), new Money(r.GetInt64(4), Currency.Parse(r.GetString(5))))
                ),
            ct,
            journals,
            Viewer,
            Others
        );

    internal static (long Xid, string Id)? ParseCursor(string? cursor)
    {
        // A cursor this list did not make starts again at the newest.
        int dot = cursor?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        return dot > 0 && long.TryParse(cursor.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out long xid)
            ? (xid, cursor![(dot + 1)..])
            : null;
    }
}
