using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Arrears;

/// <summary>Reads what customers owe that is past due, from invoices and the ledger.</summary>
internal sealed class Debts(MarketplaceDbContext db, IOptions<BillingOptions> options)
{
    /// <summary>Who owes anything past due.</summary>
    public async Task<IReadOnlyList<(string CustomerId, Currency Currency)>> DebtorsAsync(DateTimeOffset now, CancellationToken ct) =>
        [.. (await ReadAsync(null, null, now, ct)).Keys];

    /// <summary>What one customer owes; with its wallet locked, nobody pays meanwhile.</summary>
    public async Task<Debt> OfAsync(string customerId, Currency currency, DateTimeOffset now, CancellationToken ct) =>
        (await ReadAsync(customerId, currency, now, ct)).GetValueOrDefault((customerId, currency), Debt.None);

    private async Task<Dictionary<(string, Currency), Debt>> ReadAsync(
        string? customerId,
        Currency? currency,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        TimeSpan terms = options.Value.PaymentTerms;
        var debts = (
            await db.ReadAsync(
                """
                select party_id, currency, sum(due - collected)::bigint, count(*)::int, min(issued_at) from billing.invoice
                where state = 'Final' and issued_at <= $3 and due > collected
                  and ($1::text is null or party_id = $1) and ($2::text is null or currency = $2)
                group by party_id, currency
                """,
                r =>
                    (
                        Key: (r.GetString(0), Currency.Parse(r.GetString(1))),
                        Debt: new Debt(r.GetInt64(2), r.GetInt32(3), DueDates.Of(r.Instant(4), terms), 0)
                    ),
                ct,
                customerId,
                currency?.Code,
                DueDates.IssuedBy(now, terms)
            )
        ).ToDictionary(d => d.Key, d => d.Debt);
        foreach (var (key, clawback, unbilled, credit) in await UncoveredAsync(customerId, currency, ct))
        {
            long limit = Money.From(options.Value.UnsecuredLimit, key.Currency).Micros;
            if (Debt.UnsecuredOf(clawback, unbilled, credit, limit) is > 0 and var unsecured)
                debts[key] = debts.GetValueOrDefault(key, Debt.None) with { Unsecured = unsecured };
        }
        return debts;
    }

    private Task<List<((string CustomerId, Currency Currency) Key, long Clawback, long Unbilled, long Credit)>> UncoveredAsync(
        string? customerId,
        Currency? currency,
        CancellationToken ct
    ) =>
        db.ReadAsync(
            """
            with money as (
                select a.id, a.kind, a.qualifier, a.currency from billing.account a
                where a.kind = any ($3) and ($1::text is null or a.qualifier = $1) and ($2::text is null or a.currency = $2)
                  and exists (
                      select from billing.account u where u.kind in ($4, $5) and u.qualifier = a.qualifier and u.currency = a.currency)
            )
            select m.qualifier, m.currency, sum(case when m.kind = $5 then b.debits - b.credits else 0 end)::bigint,
                   sum(case when m.kind = $4 then b.debits - b.credits else 0 end)::bigint,
                   sum(case when m.kind in ($4, $5) then 0 else b.credits - b.debits end)::bigint
            from money m join billing.balances(array(select id from money)) b on b.account_id = m.id
            group by m.qualifier, m.currency
            """,
            r => ((r.GetString(0), Currency.Parse(r.GetString(1))), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4)),
            ct,
            customerId,
            currency?.Code,
            (string[])[Chart.UnbilledKind, Chart.ClawbackKind, Chart.AvailableKind, Chart.PromoKind],
            Chart.UnbilledKind,
            Chart.ClawbackKind
        );
}
