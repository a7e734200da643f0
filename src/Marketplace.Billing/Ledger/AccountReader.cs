using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Ledger;

/// <summary>Reads accounts for the acting party, which every query here carries.</summary>
internal sealed class AccountReader(MarketplaceDbContext db, ActorContext actor)
{
    /// <summary>null for whoever sees all.</summary>
    private string? Viewer => actor.Current.SeesAll ? null : actor.Current.PartyId;

    public async Task<Page<AccountView>> ListAsync(AccountQuery query, CancellationToken ct)
    {
        AccountOrder order = AccountOrder.Parse(query.Sort);
        string way = order.Descending ? "desc" : "asc";
        var rows = await db.ReadAsync(
            $"""
            with mine as (
                select id, code, currency, class, party_id, {order.KeySql} as key, count(*) over () as total from billing.account
                where ($1::text is null or party_id = $1)
                  and ($2::text is null or code ilike '%' || $2 || '%')
                  and ($3::text is null or ({order.KeySql}) {(order.Descending ? "<" : ">")} $3)
                  and ($6::text is null or class = $6)
                  and ($7::text is null or currency = $7)
                  and ($8::text is null or party_id = $8)
                order by {order.KeySql} {way}
                limit $4 offset $5
            )
            select m.code, m.currency, m.class, m.party_id, b.debits, b.credits, m.total, m.key
            from mine m join billing.balances(array(select id from mine)) b on b.account_id = m.id
            order by m.key {way}
            """,
            r => (View: View(r), Total: r.GetInt64(6), Key: r.GetString(7)),
            ct,
            Viewer,
            Text(query.Search),
            order.After(query.Cursor),
            query.Take + 1,
            query.Cursor is null ? Math.Max(0, query.Skip) : 0,
            Text(query.Class),
            Text(query.Currency),
            Text(query.PartyId)
        );
        List<AccountView> items = [.. rows.Take(query.Take).Select(r => r.View)];
        return new Page<AccountView>(
            items,
            rows.Count > query.Take ? order.CursorOf(rows[query.Take - 1].Key) : null,
            query.Cursor is null && rows.Count > 0 ? rows[0].Total : null
        );
    }

    public async Task<AccountView?> FindAsync(string accountId, CancellationToken ct) =>
        AccountRef.TryParse(accountId) is { } account ? await FindAsync(account, ct) : null;

    private async Task<AccountView?> FindAsync(AccountRef account, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select a.code, a.currency, a.class, a.party_id, b.debits, b.credits
                from billing.balances(array(select id from billing.account where kind = $1 and qualifier = $3 and currency = $4)) b
                join billing.account a on a.id = b.account_id
                where $2::text is null or a.party_id = $2
                """,
                View,
                ct,
                account.Kind,
                Viewer,
                account.Qualifier,
                account.Currency
            )
        ).SingleOrDefault();

    /// <summary>An account's legs with the balance after each, in the order of recording.</summary>
    public async Task<Outcome<Page<AccountLegView>>> LegsAsync(string accountId, PageQuery query, CancellationToken ct)
    {
        AccountLegs legs = AccountLegs.Parse(query);
        if (AccountRef.TryParse(accountId) is not { } key || await FindAsync(key, ct) is not { } account)
            return Problem.NotFound("account", accountId);
        Currency currency = Currency.Parse(account.Currency);
        var rows = await db.ReadAsync(
            legs.Sql,
            r =>
                (
                    View: new AccountLegView(
                        r.GetString(1),
                        r.GetInt32(2),
                        r.GetString(3),
                        r.GetString(4),
                        r.TextOrNull(5),
                        r.GetString(6),
                        new Money(r.GetInt64(7), currency),
                        new Money(r.GetInt64(8), currency),
                        new Money(Chart.Balance(account.Class, r.GetInt64(9), r.GetInt64(10)), currency),
                        r.Instant(11),
                        r.Instant(12),
                        Viewer is null ? r.GetString(13) : null,
                        Viewer is null ? r.GetString(14) : null
                    ),
                    Key: new LegKey(r.GetInt64(0), r.GetString(1), r.GetInt32(2))
                ),
            ct,
            legs.Parameters(key, Viewer)
        );
        var page = rows.Take(query.Take).ToList();
        return new Page<AccountLegView>([.. page.Select(p => p.View)], rows.Count > query.Take ? legs.CursorOf(page[^1].Key) : null);
    }

    private static string? Text(string? filter) => string.IsNullOrWhiteSpace(filter) ? null : filter.Trim();

    private static AccountView View(Npgsql.NpgsqlDataReader r)
    {
        string code = r.GetString(0);
        string accountClass = r.GetString(2);
        Currency currency = Currency.Parse(r.GetString(1));
        long debits = r.GetInt64(4);
        long credits = r.GetInt64(5);
        return new AccountView(
            $"{code}~{currency.Code}",
            code,
            accountClass,
            r.GetString(3),
            currency.Code,
            new Money(debits, currency),
            new Money(credits, currency),
            new Money(Chart.Balance(accountClass, debits, credits), currency)
        );
    }
}
