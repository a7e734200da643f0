using System.Runtime.CompilerServices;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Npgsql;

namespace Marketplace.Billing.Exports;

/// <summary>
/// Reads what an export is made of, page by page along the keys, which grow with time. No transaction is held between pages: a slow reader
/// costs the database nothing.
/// </summary>
internal sealed class ExportReader(MarketplaceDbContext db)
{
    /// <summary>Rows in memory at a time.</summary>
    public const int PageSize = 500;

    // Usage is never booked ahead of the clock that made its id, so older ids cannot be of the period. A day, because servers' clocks differ.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromDays(1);

    /// <summary>The party's rated usage.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ExportedLine>> LinesAsync(ExportScope scope, [EnumeratorCancellation] CancellationToken ct)
    {
        string party = scope.Side switch
        {
            Side.Customer => "customer_id",
            Side.Operator => "operator_id",
            _ => "center_id",
        };
        string after = IdFactory.Least(IntakePlanner.LinePrefix, scope.From - ClockSlack);
        while (true)
        {
            var page = await db.ReadAsync(
                $"""
                select r.id, r.contract_id, r.order_id, r.customer_id, r.operator_id, r.center_id, r.allocation_id, r.meter, r.window_from,
                       r.window_to, r.quantity, r.currency, r.net, r.tax, r.center, r.operator, r.commission, r.journal_id, b.at,
                       -- Books close at the start of a month, and late usage is booked exactly there.
                       r.window_to < b.at and b.at = date_trunc('month', b.at, 'UTC') and not exists (
                           select from billing.rated_line s
                           where s.contract_id = r.contract_id and s.window_to = b.at and s.journal_id = r.journal_id)
                       -- What is put right inside one month was never closed, so it corrects nothing.
                       or r.adjustment is not null and r.window_to < date_trunc('month', b.at, 'UTC'),
                       t.description, t.device_model, p.unit, p.quantity_per_unit, p.retail, p.wholesale, i.number, n.line,
                       s.project_id, s.member_id, s.bundle_id, v.id, v.description, d.quantity, d.quantity * v.net / v.quantity
                -- The page first, so that its cost does not grow with the table; what is of another period is left out after the joins.
                from (select * from billing.rated_line where {party} = $1 and id > $2 order by id limit $3) r
                left join billing.journal j on j.id = r.journal_id
                cross join lateral (select coalesce(j.effective_at, least(r.window_to, r.rated_at)) as at) b
                join billing.contract_terms t on t.contract_id = r.contract_id
                join billing.price_version p on p.contract_id = r.contract_id and p.meter = r.meter and p.version = r.price_version
                left join billing.contract_scope s on s.contract_id = r.contract_id
                left join billing.invoiced_line n on n.rated_line_id = r.id
                left join billing.invoice i on i.id = n.invoice_id
                left join billing.reservation_draw d on d.rated_line_id = r.id
                left join billing.reservation v on v.id = d.reservation_id
                order by r.id
                """,
                Line,
                ct,
                scope.PartyId,
                after,
                PageSize
            );
            List<ExportedLine> lines = page.FindAll(l => l.BookedAt >= scope.From && l.BookedAt < scope.To);
            if (lines.Count > 0)
                yield return lines;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Id;
        }
    }

    /// <summary>What the customer paid ahead in the period, and what of it ended unused then; other sides earn it as it is served.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ExportedReservation>> ReservationsAsync(
        ExportScope scope,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        string after = "";
        while (scope.Side == Side.Customer)
        {
            var page = await db.ReadAsync(
                """
                select e.id, e.bought, v.id, v.description, e.quantity, e.quantity * v.net / v.quantity, v.currency, case when e.bought then v.tax else 0 end,
                       v.unit_price, v.operator_id, v.device_model, v.starts_at, v.ends_at, j.effective_at, j.id
                from (
                    select id, id as reservation_id, true as bought, quantity, null as journal_id from billing.reservation where customer_id = $1
                    union all
                    select d.id, d.reservation_id, false, d.quantity, d.journal_id
                    from billing.reservation_draw d join billing.reservation w on w.id = d.reservation_id
                    where w.customer_id = $1 and d.unused
                ) e
                join billing.reservation v on v.id = e.reservation_id
                join billing.journal j on j.id = e.journal_id or (e.bought and j.source = 'reservation' and j.idem_key = v.id)
                where e.id > $2 and j.effective_at >= $3 and j.effective_at < $4
                order by e.id limit $5
                """,
                Reservation,
                ct,
                scope.PartyId,
                after,
                scope.From,
                scope.To,
                PageSize
            );
            if (page.Count > 0)
                yield return page;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Id;
        }
    }

    /// <summary>
    /// Everything else that changed the party's position, without money that came in or went out: what moves against the payment provider is
    /// a payment, not a charge.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<ExportedJournal>> JournalsAsync(
        ExportScope scope,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        string[] customer = [.. Chart.OfRole("customer")];
        string[] center = [.. Chart.OfRole("center")];
        string[] @operator = [.. Chart.OfRole("operator")];
        string role = scope.Side.ToString().ToLowerInvariant();
        string after = "";
        while (true)
        {
            var page = await db.ReadAsync(
                """
                with own as (select id from billing.account where party_id = $1 and kind = any (case $2 when 'customer' then $3 when 'center' then $4 else $5 end)),
                touched as (
                    select journal_id from billing.leg where debit_account in (select id from own) and journal_id > $6
                    union
                    select journal_id from billing.leg where credit_account in (select id from own) and journal_id > $6
                )
                select j.id, j.kind, j.reason, j.effective_at, o.kind, o.effective_at, s.currency,
                       -- What was paid ahead is no customer's any more when it is served: it is what the others earn of it.
                       case when j.kind in ('reservation-served', 'reservation-unused') then s.center + s.operator + s.commission
                            else -s.customer - s.tax end, s.tax, s.center, s.operator,
                       s.commission, coalesce(i.number, n.number), t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.description,
                       t.device_model, l.period_from, l.period_to, e.project_id, e.member_id, e.bundle_id
                from touched
                join billing.journal j on j.id = touched.journal_id and j.kind not in ('charge', 'usage-correction')
                    and ($2 <> 'customer' or j.kind <> 'reservation') and j.effective_at >= $7 and j.effective_at < $8
                left join billing.journal o on o.id = j.reverses_id
                left join billing.contract_terms t on t.contract_id = j.group_id
                left join billing.contract_scope e on e.contract_id = t.contract_id
                left join billing.invoice i on i.id = j.group_id
                left join billing.credit_note_line c on c.journal_id = j.id
                left join billing.invoice_line l on l.invoice_id = c.invoice_id and l.line = c.invoice_line
                left join billing.credit_note n on n.id = coalesce(c.credit_note_id, j.group_id)
                cross join lateral (
                    select m.currency,
                           coalesce(sum(m.micros) filter (where m.kind = any ($3) and ($2 <> 'customer' or m.party_id = $1)), 0)::bigint as customer,
                           coalesce(sum(m.micros) filter (where m.kind = 'tax'), 0)::bigint as tax,
                           coalesce(sum(m.micros) filter (where m.kind = any ($4) and ($2 <> 'center' or m.party_id = $1)), 0)::bigint as center,
                           coalesce(sum(m.micros) filter (where m.kind = any ($5) and ($2 <> 'operator' or m.party_id = $1)), 0)::bigint as operator,
                           coalesce(sum(m.micros) filter (where m.kind = 'commission'), 0)::bigint as commission
                    from (
                        select a.kind, a.party_id, a.currency, case when a.id = l.credit_account then l.amount else -l.amount end as micros
                        from billing.leg l
                        join billing.account d on d.id = l.debit_account
                        join billing.account c on c.id = l.credit_account
                        join billing.account a on a.id in (l.debit_account, l.credit_account)
                        where l.journal_id = j.id and d.kind not in ('psp', 'bank') and c.kind not in ('psp', 'bank')
                    ) m
                    group by m.currency
                ) s
                where case $2 when 'customer' then s.customer <> 0 when 'center' then s.center <> 0 else s.customer + s.tax <> 0 or s.operator <> 0 end
                order by j.id limit $9
                """,
                Journal,
                ct,
                scope.PartyId,
                role,
                customer,
                center,
                @operator,
                after,
                scope.From,
                scope.To,
                PageSize
            );
            if (page.Count > 0)
                yield return page;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Id;
        }
    }

    private static ExportedLine Line(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            r.GetString(3),
            r.GetString(4),
            r.GetString(5),
            r.GetString(6),
            r.GetString(7),
            r.Instant(8),
            r.Instant(9),
            r.GetDecimal(10),
            new ChargeAmounts(r.GetString(11), r.GetInt64(12), r.GetInt64(13), r.GetInt64(14), r.GetInt64(15), r.GetInt64(16)),
            r.TextOrNull(17),
            r.Instant(18),
            r.GetBoolean(19),
            r.GetString(20),
            r.TextOrNull(21),
            r.GetString(22),
            r.GetDecimal(23),
            r.GetDecimal(24),
            r.GetDecimal(25),
            r.TextOrNull(26),
            r.IsDBNull(27) ? null : r.GetInt32(27),
            Purpose(r, 28),
            r.IsDBNull(31) ? null : new ExportedDraw(r.GetString(31), r.GetString(32), r.GetDecimal(33), Exact(r.GetDecimal(34)))
        );

    private static ExportedReservation Reservation(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetBoolean(1),
            new ExportedDraw(r.GetString(2), r.GetString(3), r.GetDecimal(4), Exact(r.GetDecimal(5))),
            r.GetString(6),
            r.GetInt64(7),
            r.GetDecimal(8),
            r.GetString(9),
            r.TextOrNull(10),
            r.Instant(11),
            r.Instant(12),
            r.Instant(13),
            r.TextOrNull(14)
        );

    // Micro-units with six decimals are twelve of the currency, as everywhere in the file.
    private static decimal Exact(decimal micros) => decimal.Round(micros, 6, MidpointRounding.ToEven);

    private static ExportedJournal Journal(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            r.Instant(3),
            r.TextOrNull(4),
            r.InstantOrNull(5),
            new ChargeAmounts(r.GetString(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9), r.GetInt64(10), r.GetInt64(11)),
            r.TextOrNull(12),
            r.TextOrNull(13),
            r.TextOrNull(14),
            r.TextOrNull(15),
            r.TextOrNull(16),
            r.TextOrNull(17),
            r.TextOrNull(18),
            r.TextOrNull(19),
            r.InstantOrNull(20),
            r.InstantOrNull(21),
            Purpose(r, 22)
        );

    private static ExportedPurpose Purpose(NpgsqlDataReader r, int first) =>
        new(r.TextOrNull(first), r.TextOrNull(first + 1), r.TextOrNull(first + 2));
}
