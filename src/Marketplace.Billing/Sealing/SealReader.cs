using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;

namespace Marketplace.Billing.Sealing;

/// <summary>Reads the chain and what it sealed. Readers of a party's books ask <see cref="SealOfAsync"/> only.</summary>
internal sealed class SealReader(MarketplaceDbContext db)
{
    /// <summary>The end of the chain as its head says, and as the blocks say: read at one moment.</summary>
    public async Task<(long Number, byte[] Hash, long Blocks)> HeadAsync(CancellationToken ct) =>
        (
            await db.ReadAsync(
                "select h.number, h.hash, (select coalesce(max(b.number), 0) from billing.seal_block b) from billing.seal_head h",
                r => (r.GetInt64(0), r.GetFieldValue<byte[]>(1), r.GetInt64(2)),
                ct
            )
        ).Single();

    /// <summary>The block with the lowest number above one; null at the end.</summary>
    public async Task<SealBlock?> NextAsync(long above, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select number, last_xid, last_journal, journal_ids, journal_hashes, previous_hash, hash, sealed_at
                from billing.seal_block where number > $1 order by number limit 1
                """,
                r => new SealBlock(
                    r.GetInt64(0),
                    new SealPlace(r.GetInt64(1), r.GetString(2)),
                    r.GetFieldValue<string[]>(3),
                    r.GetFieldValue<byte[][]>(4),
                    r.GetFieldValue<byte[]>(5),
                    r.GetFieldValue<byte[]>(6),
                    r.Instant(7)
                ),
                ct,
                above
            )
        ).SingleOrDefault();

    /// <summary>Hashes the journals behind one place up to another, in order.</summary>
    public async Task<IReadOnlyList<JournalHash>> JournalsAsync(SealPlace behind, SealPlace upTo, CancellationToken ct)
    {
        var journals = await db.ReadAsync(
            """
            select id, kind, source, idem_key, request_hash, effective_at, recorded_at, xid, reverses_id, group_id, actor, reason, leg_count, total
            from billing.journal
            where xid between $1 and $3 and (xid, id collate "C") > ($1, $2) and (xid, id collate "C") <= ($3, $4)
            order by xid, id collate "C"
            """,
            r =>
                (
                    Id: r.GetString(0),
                    Content: new SealContent()
                        .Add(r.GetString(0))
                        .Add(r.GetString(1))
                        .Add(r.GetString(2))
                        .Add(r.GetString(3))
                        .Add(r.GetFieldValue<byte[]>(4))
                        .Add(r.Instant(5))
                        .Add(r.Instant(6))
                        .Add(r.GetInt64(7))
                        .Add(r.TextOrNull(8))
                        .Add(r.TextOrNull(9))
                        .Add(r.GetString(10))
                        .Add(r.GetString(11))
                        .Add(r.GetInt32(12))
                        .Add(r.GetInt64(13))
                ),
            ct,
            behind.Xid,
            behind.JournalId,
            upTo.Xid,
            upTo.JournalId
        );
        var contents = journals.ToDictionary(j => j.Id, j => j.Content, StringComparer.Ordinal);
        await AddLegsAsync(contents, ct);
        return [.. journals.Select(j => new JournalHash(j.Id, j.Content.Hash()))];
    }

    private Task<List<SealContent>> AddLegsAsync(Dictionary<string, SealContent> contents, CancellationToken ct) =>
        db.ReadAsync(
            """
            select l.journal_id, l.line, l.debit_account, d.code || '/' || d.currency, l.credit_account, c.code || '/' || c.currency,
                   l.amount, l.xid, l.hold_id
            from billing.leg l
            left join billing.account d on d.id = l.debit_account
            left join billing.account c on c.id = l.credit_account
            where l.journal_id = any ($1)
            order by l.journal_id, l.line
            """,
            r =>
                contents[r.GetString(0)]
                    .Add(r.GetInt16(1))
                    .Add(r.GetInt64(2))
                    .Add(r.TextOrNull(3))
                    .Add(r.GetInt64(4))
                    .Add(r.TextOrNull(5))
                    .Add(r.GetInt64(6))
                    .Add(r.GetInt64(7))
                    .Add(r.IsDBNull(8) ? (long?)null : r.GetInt64(8)),
            ct,
            (object)contents.Keys.ToArray()
        );

    /// <summary>The first journal behind a place; null when there is none.</summary>
    public async Task<string?> FirstBehindAsync(SealPlace place, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select id from billing.journal
                where xid >= $1 and (xid, id collate "C") > ($1, $2) order by xid, id collate "C" limit 1
                """,
                r => r.GetString(0),
                ct,
                place.Xid,
                place.JournalId
            )
        ).SingleOrDefault();

    /// <summary>The seal of a journal; null while it has none.</summary>
    public async Task<SealView?> SealOfAsync(string journalId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select b.number, b.hash, b.sealed_at
                from billing.journal j
                cross join lateral (
                    select * from billing.seal_block b
                    where b.last_xid >= j.xid and (b.last_xid, b.last_journal) >= (j.xid, j.id collate "C")
                    order by b.last_xid, b.last_journal
                    limit 1
                ) b
                where j.id = $1 and j.id = any (b.journal_ids)
                """,
                r => new SealView(r.GetInt64(0), Convert.ToHexStringLower(r.GetFieldValue<byte[]>(1)), r.Instant(2)),
                ct,
                journalId
            )
        ).SingleOrDefault();

    /// <summary>The last block's moment and how many journals come behind the chain.</summary>
    public async Task<(DateTimeOffset? SealedAt, long Unsealed)> EndAsync(CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select (select max(b.sealed_at) from billing.seal_block b where b.number = h.number),
                       (select count(*) from billing.journal j
                        where j.xid >= h.last_xid and (j.xid, j.id collate "C") > (h.last_xid, h.last_journal))
                from billing.seal_head h
                """,
                r => (r.InstantOrNull(0), r.GetInt64(1)),
                ct
            )
        ).Single();
}
