using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Credits;

/// <param name="ExpiresAt">null: never.</param>
internal sealed record NewGrant(string PartyId, Money Amount, string Source, string Description, DateTimeOffset? ExpiresAt);

/// <summary>
/// Grants of promotional credit. Everything that credits it goes through here, under the wallet's lock: what was used before a new grant is
/// shared out among the grants that were there then.
/// </summary>
internal sealed class Grants(MarketplaceDbContext db, Holds holds, LedgerWriter writer, IdFactory ids, TimeProvider time)
{
    private const int PartiesPerRun = 500;

    /// <summary>Posts a journal that gives promotional credit, and writes the grant down; in the open transaction.</summary>
    public async Task<Posted> PostAsync(JournalDraft draft, NewGrant grant, CancellationToken ct)
    {
        await SettleAsync(grant.PartyId, grant.Amount.Currency, ct);
        Posted posted = (await writer.PostAsync([draft], ct))[0];
        if (posted.Status == PostedStatus.Posted)
        {
            await using NpgsqlBatch batch = db.WritingBatch();
            batch.Add(
                """
                insert into billing.promo_grant (id, party_id, currency, source, description, amount, journal_id, granted_at, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                ids.New(IdPrefix.Grant),
                grant.PartyId,
                grant.Amount.Currency.Code,
                grant.Source,
                grant.Description,
                grant.Amount.Micros,
                posted.JournalId,
                time.GetUtcNow(),
                Sql.Moment(grant.ExpiresAt)
            );
            await batch.ExecuteNonQueryAsync(ct);
        }
        return posted;
    }

    /// <summary>What is left is there to be seen without waiting for the next grant or end: use not written down yet is taken off.</summary>
    public async Task<IReadOnlyList<GrantView>> ListAsync(string partyId, Currency currency, CancellationToken ct)
    {
        var rows = await db.Set<PromoGrantRow>()
            .AsNoTracking()
            .Where(g => g.PartyId == partyId && g.Currency == currency.Code)
            .OrderByDescending(g => g.Id)
            .Take(Platform.Pages.PageQuery.MaxLimit)
            .ToListAsync(ct);
        PromoState promo = await ReadAsync(partyId, currency, ct);
        var used = GrantUse
            .Allot(promo.Grants, checked(promo.Free + promo.SetAside))
            .ToDictionary(u => u.Id, u => u.Used, StringComparer.Ordinal);
        Money Of(long micros) => new(micros, currency);
        return
        [
            .. rows.Select(g => new GrantView(
                    g.Id,
                    g.Source,
                    g.Description,
                    Of(g.Amount),
                    Of(g.Amount - g.Used - g.Expired - used.GetValueOrDefault(g.Id)),
                    Of(g.Expired),
                    g.GrantedAt,
                    g.ExpiresAt
                ))
                .OrderBy(g => g.Remaining.IsZero),
        ];
    }

    /// <summary>Ends what has passed its time and is not set aside for an order.</summary>
    /// <returns>How many grants ended.</returns>
    public async Task<int> ExpireAsync(CancellationToken ct)
    {
        var parties = await db.ReadAsync(
            """
            select distinct party_id, currency from billing.promo_grant
            where expires_at <= $1 and used + expired < amount and expires_at is not null
            order by 1, 2 limit $2
            """,
            r => (Party: r.GetString(0), Currency: Currency.Parse(r.GetString(1))),
            ct,
            time.GetUtcNow(),
            PartiesPerRun
        );
        int ended = 0;
        foreach (var (party, currency) in parties)
            ended += await db.InTransactionAsync(t => ExpireAsync(party, currency, t), ct);
        return ended;
    }

    private async Task<int> ExpireAsync(string partyId, Currency currency, CancellationToken ct)
    {
        await SettleAsync(partyId, currency, ct);
        DateTimeOffset now = time.GetUtcNow();
        PromoState promo = await ReadAsync(partyId, currency, ct);
        var ended = GrantUse.Expire(promo.Grants, promo.SetAside, now);
        foreach (var (id, micros) in ended)
        {
            long remaining = promo.Grants.Single(g => g.Id == id).Remaining;
            // What is left names the attempt: the same end is posted once, a later one of the same grant has less left.
            await writer.PostOneAsync(Postings.PromoExpired(partyId, new Money(micros, currency), $"{id}/{remaining}", now), ct);
        }
        await AddAsync("expired", ended, ct);
        return ended.Count;
    }

    /// <summary>Locks the wallet and writes down what was used since last time.</summary>
    private async Task SettleAsync(string partyId, Currency currency, CancellationToken ct)
    {
        await holds.LockWalletAsync(partyId, currency, ct);
        PromoState promo = await ReadAsync(partyId, currency, ct);
        await AddAsync("used", GrantUse.Allot(promo.Grants, checked(promo.Free + promo.SetAside)), ct);
    }

    private async Task AddAsync(string column, IReadOnlyList<(string Id, long Micros)> shares, CancellationToken ct)
    {
        if (shares.Count == 0)
            return;
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            $"update billing.promo_grant g set {column} = g.{column} + w.micros from unnest($1, $2) w (id, micros) where g.id = w.id",
            (string[])[.. shares.Select(s => s.Id)],
            (long[])[.. shares.Select(s => s.Micros)]
        );
        await batch.ExecuteNonQueryAsync(ct);
    }

    // One statement, so one moment: read one after the other, a spending between them would look like a grant without its row.
    private async Task<PromoState> ReadAsync(string partyId, Currency currency, CancellationToken ct)
    {
        var rows = await db.ReadAsync(
            """
            select coalesce((select a.credits - a.debits from billing.account a
                             where a.kind = 'customer.promo' and a.qualifier = $1 and a.currency = $2), 0)::bigint,
                   coalesce((select sum(h.promo_remaining) from billing.hold h
                             where h.party_id = $1 and h.currency = $2 and h.resolved_at is null), 0)::bigint,
                   g.id, g.expires_at, g.amount - g.used - g.expired
            from (values (1)) one (row)
            left join billing.promo_grant g on g.party_id = $1 and g.currency = $2 and g.used + g.expired < g.amount
            """,
            r =>
                (
                    Free: r.GetInt64(0),
                    SetAside: r.GetInt64(1),
                    Grant: r.IsDBNull(2) ? default(OpenGrant?) : new OpenGrant(r.GetString(2), r.InstantOrNull(3), r.GetInt64(4))
                ),
            ct,
            partyId,
            currency.Code
        );
        return new PromoState([.. rows.Select(r => r.Grant).OfType<OpenGrant>()], rows[0].Free, rows[0].SetAside);
    }

    /// <param name="SetAside">In holds.</param>
    private sealed record PromoState(IReadOnlyList<OpenGrant> Grants, long Free, long SetAside);
}
