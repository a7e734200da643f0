using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Payments.Reconciliation;

/// <summary>The tables of reconciliation: what the provider said, what we booked, and the differences.</summary>
internal sealed class ReconciliationStore(MarketplaceDbContext db, IdFactory ids)
{
    /// <summary>Journals that moved money at Stripe, whoever took other payments.</summary>
    private const string StripeJournals = """
        select j.id, j.source, j.idem_key from billing.journal j
        join billing.payment p on j.source = 'payment' and j.idem_key = p.id and p.provider = 'stripe'
        union all
        select j.id, j.source, j.idem_key from billing.journal j
        join billing.refund r on j.source = 'refund' and j.group_id = r.id
        join billing.payment p on p.id = r.payment_id and p.provider = 'stripe'
        union all
        select j.id, j.source, j.idem_key from billing.journal j
        join billing.payout p on j.source = 'payout' and j.group_id = p.id and p.provider = 'stripe'
        union all
        select j.id, j.source, j.idem_key from billing.journal j where j.source in ('dispute', 'sweep', 'provider-fee')
        """;

    private const string Columns = "id, type, category, source, currency, amount, fee, created_at, available_on";

    /// <summary>Where to begin reading when nothing was read yet: the first payment there could be something about. null without one.</summary>
    public async Task<DateTimeOffset?> FirstPaymentAsync(CancellationToken ct) =>
        (await db.ReadAsync("select min(created_at) from billing.payment where provider = 'stripe'", r => r.InstantOrNull(0), ct)).Single();

    public async Task<(DateTimeOffset ReadThrough, DateTimeOffset FinishedAt)?> CursorAsync(CancellationToken ct)
    {
        var rows = await db.ReadAsync("select read_through, finished_at from billing.psp_cursor", r => (r.Instant(0), r.Instant(1)), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    public Task<List<PspTransaction>> KeptAsync(DateTimeOffset since, CancellationToken ct) =>
        db.ReadAsync($"select {Columns} from billing.psp_txn where created_at >= $1", Read, ct, since);

    /// <summary>Transactions that are older and still the subject of an open break.</summary>
    public Task<List<PspTransaction>> OpenOnesAsync(DateTimeOffset before, CancellationToken ct) =>
        db.ReadAsync(
            $"""
            select {Columns} from billing.psp_txn
            where created_at < $1 and id in (select subject from billing.recon_break where resolved_at is null and kind in ('Foreign', 'Amount'))
            """,
            Read,
            ct,
            before
        );

    /// <summary>Keeps what is new; what is there stays as it was said first.</summary>
    public async Task KeepAsync(IReadOnlyList<PspTransaction> read, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        foreach (PspTransaction one in read)
            batch.Add(
                """
                insert into billing.psp_txn (id, type, category, source, currency, amount, fee, net, created_at, available_on, first_seen_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing
                """,
                one.Id,
                one.Type,
                one.Category,
                one.Source,
                one.Currency,
                one.Amount,
                one.Fee,
                one.Net,
                one.CreatedAt,
                one.AvailableOn,
                now
            );
        if (read.Count > 0)
            await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Which journal each of our references stands for: charges, refunds, disputes and transfers by the provider's ids.</summary>
    public async Task<Dictionary<string, SourceRow>> SourcesAsync(IReadOnlyCollection<string> references, CancellationToken ct)
    {
        var rows = await db.ReadAsync(
            """
            select p.charge_reference, 'payment', p.id, true from billing.payment p where p.charge_reference = any ($1)
            union all
            select r.provider_reference, 'refund', r.id, r.settled_journal is not null from billing.refund r where r.provider_reference = any ($1)
            union all
            select d.reference, 'dispute', d.id, true from billing.dispute d where d.reference = any ($1)
            union all
            select p.provider_reference, 'payout', p.id,
                   exists (select from billing.journal j where j.source = 'payout' and j.idem_key = p.id || '/paid')
            from billing.payout p where p.provider = 'stripe' and p.provider_reference = any ($1)
            """,
            r => (Reference: r.GetString(0), Row: new SourceRow(r.GetString(1), r.GetString(2), r.GetBoolean(3))),
            ct,
            (object)references.ToArray()
        );
        return rows.ToDictionary(r => r.Reference, r => r.Row, StringComparer.Ordinal);
    }

    /// <summary>The journals of those keys that are there.</summary>
    public async Task<Dictionary<JournalKey, BookedJournal>> JournalsAsync(IReadOnlyCollection<JournalKey> keys, CancellationToken ct)
    {
        var rows = await db.ReadAsync(
            """
            select k.source, k.key, j.id, a.currency,
                   sum(case when a.kind = 'psp' then m.amount else 0 end)::bigint,
                   sum(case when a.kind = 'psp_fee' then m.amount else 0 end)::bigint
            from unnest($1, $2) as k (source, key)
            join billing.journal j on j.source = k.source and j.idem_key = k.key
            join lateral (
                select l.debit_account as account_id, l.amount from billing.leg l where l.journal_id = j.id
                union all
                select l.credit_account, -l.amount from billing.leg l where l.journal_id = j.id
            ) m on true
            join billing.account a on a.id = m.account_id and a.kind in ('psp', 'psp_fee')
            group by 1, 2, 3, 4
            """,
            r =>
                (
                    Key: new JournalKey(r.GetString(0), r.GetString(1)),
                    Booked: new BookedJournal(r.GetString(2), r.GetString(3), r.GetInt64(4), r.GetInt64(5))
                ),
            ct,
            keys.Select(k => k.Source).ToArray(),
            keys.Select(k => k.Key).ToArray()
        );
        return rows.ToDictionary(r => r.Key, r => r.Booked);
    }

    /// <summary>What we booked at Stripe and Stripe does not list: payments, paid refunds, disputes and payouts up to a moment.</summary>
    public Task<List<FoundBreak>> MissingAsync(DateTimeOffset before, CancellationToken ct) =>
        db.ReadAsync(
            """
            select j.id, p.currency, p.amount - p.fee, 'payment ' || p.id || ' ' || coalesce(p.charge_reference, 'without a charge')
            from billing.payment p
            join billing.journal j on j.source = 'payment' and j.idem_key = p.id
            where p.provider = 'stripe' and p.updated_at < $1
              and not exists (select from billing.psp_txn t where t.source = p.charge_reference)
            union all
            select r.settled_journal, r.currency, -r.amount, 'refund ' || r.id || ' ' || coalesce(r.provider_reference, '')
            from billing.refund r
            join billing.payment p on p.id = r.payment_id and p.provider = 'stripe'
            where r.state = 'Succeeded' and r.updated_at < $1
              and not exists (select from billing.psp_txn t where t.source = r.provider_reference)
            union all
            select j.id, d.currency, -d.amount - d.fee, 'dispute ' || d.id || ' ' || d.reference
            from billing.dispute d
            join billing.journal j on j.source = 'dispute' and j.idem_key = d.id
            where d.updated_at < $1 and not exists (select from billing.psp_txn t where t.source = d.reference)
            union all
            select j.id, p.currency, -p.amount, 'payout ' || p.id || ' ' || coalesce(p.provider_reference, '')
            from billing.payout p
            join billing.journal j on j.source = 'payout' and j.idem_key = p.id || '/paid'
            where p.provider = 'stripe' and p.updated_at < $1
              and not exists (select from billing.psp_txn t where t.source = p.provider_reference)
            """,
            r => new FoundBreak(
                BreakKind.Missing,
                r.GetString(0),
                r.GetString(1),
                r.GetInt64(2),
                null,
                $"{r.GetString(3)} is booked and not listed"
            ),
            ct,
            before
        );

    /// <summary>What our account of the provider says, without what other providers took, by currency in micro-units.</summary>
    public async Task<Dictionary<string, long>> OursAsync(CancellationToken ct) =>
        (
            await db.ReadAsync(
                $"""
                with ours as ({StripeJournals})
                select a.currency, sum(case when l.debit_account = a.id then l.amount else -l.amount end)::bigint
                from ours
                join billing.leg l on l.journal_id = ours.id
                join billing.account a on a.kind = 'psp' and a.id in (l.debit_account, l.credit_account)
                group by a.currency
                """,
                r => (Currency: r.GetString(0), Micros: r.GetInt64(1)),
                ct
            )
        ).ToDictionary(r => r.Currency, r => r.Micros, StringComparer.Ordinal);

    /// <summary>
    /// Opens what is new, touches what is still there, and closes what is gone. A difference somebody has explained stays closed while it stays
    /// the same.
    /// </summary>
    /// <returns>How many are open now.</returns>
    public async Task<int> WriteBreaksAsync(IReadOnlyList<FoundBreak> found, DateTimeOffset now, CancellationToken ct)
    {
        var open = await db.Set<BreakRow>().AsTracking().Where(b => b.ResolvedAt == null).ToListAsync(ct);
        var still = new HashSet<BreakRow>();
        foreach (FoundBreak one in found)
        {
            BreakRow? row = open.FirstOrDefault(b => b.Kind == one.Kind && b.Subject == one.Subject);
            if (row is null)
            {
                BreakRow? explained = await db.Set<BreakRow>()
                    .AsNoTracking()
                    .Where(b => b.Kind == one.Kind && b.Subject == one.Subject && b.ResolvedAt != null && b.ResolvedBy != BreakRows.Itself)
                    .OrderByDescending(b => b.ResolvedAt)
                    .FirstOrDefaultAsync(ct);
                if (explained is not null && (explained.Ours, explained.Theirs) == (one.Ours, one.Theirs))
                    continue;
                row = new BreakRow
                {
                    Id = ids.New(IdPrefix.ReconciliationBreak),
                    Kind = one.Kind,
                    Subject = one.Subject,
                    Currency = one.Currency,
                    Detail = one.Detail,
                    FoundAt = now,
                    SeenAt = now,
                };
                db.Add(row);
                open.Add(row);
            }
            (row.Ours, row.Theirs, row.Detail, row.SeenAt) = (one.Ours, one.Theirs, one.Detail, now);
            still.Add(row);
        }
        foreach (BreakRow gone in open.Where(b => !still.Contains(b)))
            (gone.ResolvedAt, gone.ResolvedBy, gone.Explanation) = (now, BreakRows.Itself, "No longer there when it was compared again.");
        await db.SaveChangesAsync(ct);
        return still.Count;
    }

    private static PspTransaction Read(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            r.TextOrNull(3),
            r.GetString(4),
            r.GetInt64(5),
            r.GetInt64(6),
            r.Instant(7),
            r.Instant(8)
        );
}

/// <param name="Kind">payment, refund, dispute or payout.</param>
/// <param name="Settled">Whether a refund or payout was ever booked as paid.</param>
internal sealed record SourceRow(string Kind, string Id, bool Settled);

internal static class BreakRows
{
    /// <summary>Who resolved a break that went away.</summary>
    public const string Itself = "system";
}
