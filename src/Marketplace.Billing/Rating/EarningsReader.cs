using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>
/// Earnings from the legs on a party's accounts of one role, so that they add up to its statement. The journals of its contracts are read too where
/// they leave its own accounts alone: an operator without a margin still has revenue.
/// </summary>
internal sealed class EarningsReader(MarketplaceDbContext db)
{
    private const decimal SecondsPerHour = 3600;

    /// <summary>What journals of one kind moved in one group on one day, in micro-units.</summary>
    private sealed record Part(string Day, string Key, string Kind, long Own, long Center, long Commission, decimal CardSeconds);

    private enum Bucket
    {
        Usage,
        ServiceCredit,
        CreditNote,
        Payout,
        Other,
    }

    public async Task<EarningsReport> ReadAsync(string partyId, EarningsQuery query, Grouping grouping, CancellationToken ct)
    {
        bool ofOperator = query.Role == "operator";
        string party = ofOperator ? "operator_id" : "center_id";
        string day = query.Daily ? "to_char(r.window_from at time zone 'UTC', 'YYYY-MM-DD')" : "''";
        var parts = await db.ReadAsync(
            $"""
            with own as (select id from billing.account where party_id = $1 and currency = $2 and kind = any ($3)),
            touched as (
                select journal_id as id from billing.leg where debit_account in (select id from own)
                union
                select journal_id from billing.leg where credit_account in (select id from own)
                union
                select j.id from billing.contract_terms t join billing.journal j on j.group_id = t.contract_id
                where t.{party} = $1 and t.currency = $2 and j.effective_at >= $4 and j.effective_at < $5
            ),
            used as (
                select journal_id, sum(quantity) as quantity from billing.rated_line
                where {party} = $1 and currency = $2 and id > $7 and meter = '{MeterRule.CardSeconds}' and journal_id is not null
                group by journal_id
            ),
            r as (
                select j.id, j.kind, j.effective_at as window_from, t.order_id, t.contract_id, t.customer_id, t.device_model, $6 as side,
                       m.own, m.center, m.commission, coalesce(u.quantity, 0) as quantity
                from touched
                join billing.journal j on j.id = touched.id and j.effective_at >= $4 and j.effective_at < $5
                left join billing.contract_terms t on t.contract_id = j.group_id
                left join used u on u.journal_id = j.id
                cross join lateral (
                    select coalesce(sum(w.micros) filter (where w.account in (select id from own)), 0)::bigint as own,
                           coalesce(sum(w.micros) filter (where a.kind = any ($8)), 0)::bigint as center,
                           coalesce(sum(w.micros) filter (where a.kind = '{Chart.CommissionKind}'), 0)::bigint as commission
                    from billing.leg l
                    cross join lateral (values (l.credit_account, l.amount), (l.debit_account, -l.amount)) w (account, micros)
                    join billing.account a on a.id = w.account
                    where l.journal_id = j.id
                ) m
            )
            select {day}, {grouping.MaskedSql}, r.kind, sum(r.own)::bigint, sum(r.center)::bigint, sum(r.commission)::bigint, sum(r.quantity)
            from r
            left join billing.contract_terms t on t.contract_id = r.contract_id
            left join billing.contract_scope s on s.contract_id = r.contract_id
            where r.own <> 0 or ($6 = 'operator' and (r.center <> 0 or r.commission <> 0))
            group by 1, 2, 3
            order by 1, 2, 3
            """,
            r => new Part(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetDecimal(6)),
            ct,
            partyId,
            query.Currency.Code,
            (string[])[.. Chart.OfRole(query.Role)],
            query.From.ToUniversalTime(),
            query.To.ToUniversalTime(),
            query.Role,
            // Usage is never booked ahead of the clock that made its id. A day, because servers' clocks differ.
            IdFactory.Least(
                IntakePlanner.LinePrefix,
                query.From <= DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1) ? DateTimeOffset.UnixEpoch : query.From - TimeSpan.FromDays(1)
            ),
            (string[])[.. Chart.OfRole("center")]
        );
        var earned = parts.FindAll(p => BucketOf(p.Kind) != Bucket.Payout);
        return new EarningsReport(
            query,
            [.. earned.GroupBy(p => (p.Day, p.Key)).Select(g => Group(g.Key.Day, g.Key.Key, [.. g], query.Currency, ofOperator))],
            Sum(parts, query.Currency, p => BucketOf(p.Kind) == Bucket.Payout ? p.Own : 0)
        );
    }

    private static EarningsGroup Group(string day, string key, IReadOnlyList<Part> parts, Currency currency, bool ofOperator)
    {
        Money Of(Bucket bucket) => Sum(parts, currency, p => BucketOf(p.Kind) == bucket ? p.Own : 0);
        return new EarningsGroup(
            key,
            Of(Bucket.Usage),
            Of(Bucket.ServiceCredit),
            Of(Bucket.CreditNote),
            Of(Bucket.Other),
            parts.Sum(p => p.CardSeconds) / SecondsPerHour
        )
        {
            Day = day.Length == 0 ? null : DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            Split = ofOperator
                ? new TradeSplit(
                    Sum(parts, currency, p => checked(p.Own + p.Center + p.Commission)),
                    Sum(parts, currency, p => p.Center),
                    Sum(parts, currency, p => p.Commission)
                )
                : null,
        };
    }

    // Usage is what contracts were charged; the kinds are those of the posting rules.
    private static Bucket BucketOf(string kind) =>
        kind switch
        {
            "charge" or "usage-correction" or "reservation-served" or "reservation-unused" => Bucket.Usage,
            "service-credit" => Bucket.ServiceCredit,
            "credit-note" => Bucket.CreditNote,
            "payout" or "payout-returned" => Bucket.Payout,
            _ => Bucket.Other,
        };

    private static Money Sum(IReadOnlyList<Part> parts, Currency currency, Func<Part, long> micros) =>
        new(parts.Aggregate(0L, (sum, p) => checked(sum + micros(p))), currency);
}
