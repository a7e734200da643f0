-- The checks of usage and of the months' three sides, as before, knowing reserved usage and minimum takes.

-- How usage and charges could disagree with each other or with the ledger; no rows when they agree. A contract's quantity is its card-seconds:
-- quantities of other meters are other units. A dispute changes the charge and not what was metered. What reservations covered is the same meter's,
-- and a minimum take has a meter without quantity.
create or replace function billing.check_usage() returns table (break text) language sql stable as $$
    select format('contract %s: its totals differ from its rated lines', c.contract_id)
    from billing.contract_cost c
    left join lateral (
        select coalesce(sum(r.quantity) filter (where r.meter in ('card-seconds', 'reserved-card-seconds')), 0) as quantity,
               coalesce(sum(r.net), 0) as net, coalesce(sum(r.tax), 0) as tax,
               coalesce(sum(r.center), 0) as center, coalesce(sum(r.operator), 0) as operator,
               coalesce(sum(r.commission), 0) as commission, coalesce(sum(r.uncovered), 0) as uncovered
        from billing.rated_line r where r.contract_id = c.contract_id
    ) r on true
    where (c.quantity, c.net, c.tax, c.center, c.operator, c.commission, c.uncovered)
          is distinct from (r.quantity, r.net, r.tax, r.center, r.operator, r.commission, r.uncovered)
    union all
    select format('contract %s: its %s lines differ from its meters', coalesce(m.contract_id, r.contract_id), coalesce(m.meter, r.meter))
    from (
        select m.contract_id, m.meter, sum(m.quantity) as quantity, sum(m.net) as net, sum(m.tax) as tax
        from billing.usage_meter m group by m.contract_id, m.meter
        having (sum(m.quantity), sum(m.net), sum(m.tax)) <> (0, 0, 0)
    ) m
    full join (
        select r.contract_id, k.meter, sum(r.quantity) as quantity, sum(r.net) as net, sum(r.tax) as tax
        from billing.rated_line r
        cross join lateral (select case when r.kind = 'reserved' then substr(r.meter, length('reserved-') + 1) else r.meter end as meter) k
        where r.adjustment is distinct from 'dispute'
        group by r.contract_id, k.meter
        having (sum(r.quantity), sum(r.net), sum(r.tax)) <> (0, 0, 0)
    ) r on r.contract_id = m.contract_id and r.meter = m.meter
    where (m.quantity, m.net, m.tax) is distinct from (r.quantity, r.net, r.tax)
    union all
    select format('journal %s: the customer''s side of its legs differs from its rated lines', j.id)
    from billing.journal j
    left join lateral (
        select coalesce(sum(case when d.kind in ('customer.held', 'customer.available', 'unbilled') then l.amount else 0 end)
                        - sum(case when c.kind in ('customer.held', 'customer.available', 'unbilled') then l.amount else 0 end), 0) as paid,
               coalesce(sum(case when d.kind = 'unbilled' then l.amount else 0 end)
                        - sum(case when c.kind = 'unbilled' then l.amount else 0 end), 0) as owed,
               coalesce(sum(case when c.kind = 'center.pending' then l.amount else 0 end)
                        - sum(case when d.kind = 'center.pending' then l.amount else 0 end), 0) as center,
               coalesce(sum(case when c.kind = 'operator.pending' then l.amount else 0 end)
                        - sum(case when d.kind = 'operator.pending' then l.amount else 0 end), 0) as operator,
               coalesce(sum(case when c.kind = 'commission' then l.amount else 0 end)
                        - sum(case when d.kind = 'commission' then l.amount else 0 end), 0) as commission,
               coalesce(sum(case when c.kind = 'tax' then l.amount else 0 end)
                        - sum(case when d.kind = 'tax' then l.amount else 0 end), 0) as tax
        from billing.leg l
        join billing.account d on d.id = l.debit_account
        join billing.account c on c.id = l.credit_account
        where l.journal_id = j.id
    ) l on true
    left join lateral (
        select coalesce(sum(r.net + r.tax), 0) as paid, coalesce(sum(r.uncovered), 0) as owed, coalesce(sum(r.center), 0) as center,
               coalesce(sum(r.operator), 0) as operator, coalesce(sum(r.commission), 0) as commission, coalesce(sum(r.tax), 0) as tax
        from billing.rated_line r where r.journal_id = j.id
    ) r on true
    where j.kind in ('charge', 'usage-correction')
      and (l.paid, l.owed, l.center, l.operator, l.commission, l.tax)
          is distinct from (r.paid, r.owed, r.center, r.operator, r.commission, r.tax)
$$;

-- The three sides of each month: what customers are charged, from usage, invoices and credit notes, against what centers, operators, network
-- and tax got, from the legs. What is earned of a reservation was paid ahead: it is named with the journals behind which no document stands, and
-- billing.check_reservations compares it with what was drawn. Usage counts in the month it was booked in. Money paid out or in is on neither side.
create or replace function billing.reconcile_statements() returns table (
    period date, currency text,
    invoiced_net bigint, invoiced_tax bigint, uninvoiced_net bigint, uninvoiced_tax bigint, credited_net bigint, credited_tax bigint,
    document_rounding bigint, center bigint, operator bigint, commission bigint, tax bigint, rounding bigint,
    other_net bigint, other_tax bigint, other_rounding bigint
) language sql stable as $$
    with charged as (
        select date_trunc('month', j.effective_at at time zone 'UTC')::date as period, r.currency,
               coalesce(sum(r.net) filter (where i.rated_line_id is not null), 0) as invoiced_net,
               coalesce(sum(r.tax) filter (where i.rated_line_id is not null), 0) as invoiced_tax,
               coalesce(sum(r.net) filter (where i.rated_line_id is null), 0) as uninvoiced_net,
               coalesce(sum(r.tax) filter (where i.rated_line_id is null), 0) as uninvoiced_tax
        from billing.rated_line r
        join billing.journal j on j.id = r.journal_id
        left join billing.invoiced_line i on i.rated_line_id = r.id
        where r.kind <> 'reserved'
        group by 1, 2
    ),
    credited as (
        select date_trunc('month', c.issued_at at time zone 'UTC')::date as period, c.currency,
               -sum(c.net) as net, -sum(c.tax) as tax, -sum(c.rounding) as rounding
        from billing.credit_note c group by 1, 2
    ),
    rounded as (
        select date_trunc('month', i.issued_at at time zone 'UTC')::date as period, i.currency, sum(i.rounding) as rounding
        from billing.invoice i where i.number is not null group by 1, 2
    ),
    -- Journals behind which a document stands; the others are named apart.
    known as (
        select distinct r.journal_id as id from billing.rated_line r where r.journal_id is not null and r.kind <> 'reserved'
        union all
        select j.id from billing.journal j where j.kind in ('credit-note', 'invoice')
    ),
    moved as (
        select date_trunc('month', j.effective_at at time zone 'UTC')::date as period, a.currency, a.kind, k.id is null as other, sum(m.micros) as micros
        from (
            select l.journal_id, l.debit_account as account, l.credit_account as against, -l.amount as micros from billing.leg l
            union all
            select l.journal_id, l.credit_account, l.debit_account, l.amount from billing.leg l
        ) m
        join billing.account a on a.id = m.account
            and a.kind in ('center.pending', 'center.payable', 'operator.pending', 'operator.payable', 'commission', 'tax', 'rounding')
        join billing.account g on g.id = m.against and g.kind not in ('transfer_transit', 'psp', 'bank')
        join billing.journal j on j.id = m.journal_id
        left join known k on k.id = m.journal_id
        group by 1, 2, 3, 4
    ),
    ledger as (
        select m.period, m.currency,
               coalesce(sum(m.micros) filter (where m.kind like 'center.%'), 0) as center,
               coalesce(sum(m.micros) filter (where m.kind like 'operator.%'), 0) as operator,
               coalesce(sum(m.micros) filter (where m.kind = 'commission'), 0) as commission,
               coalesce(sum(m.micros) filter (where m.kind = 'tax'), 0) as tax,
               coalesce(sum(m.micros) filter (where m.kind = 'rounding'), 0) as rounding,
               coalesce(sum(m.micros) filter (where m.other and m.kind not in ('tax', 'rounding')), 0) as other_net,
               coalesce(sum(m.micros) filter (where m.other and m.kind = 'tax'), 0) as other_tax,
               coalesce(sum(m.micros) filter (where m.other and m.kind = 'rounding'), 0) as other_rounding
        from moved m group by 1, 2
    ),
    periods as (
        select c.period, c.currency from charged c union select c.period, c.currency from credited c
        union select r.period, r.currency from rounded r union select l.period, l.currency from ledger l
    )
    select p.period, p.currency,
           coalesce(h.invoiced_net, 0)::bigint, coalesce(h.invoiced_tax, 0)::bigint,
           coalesce(h.uninvoiced_net, 0)::bigint, coalesce(h.uninvoiced_tax, 0)::bigint,
           coalesce(c.net, 0)::bigint, coalesce(c.tax, 0)::bigint, (coalesce(r.rounding, 0) + coalesce(c.rounding, 0))::bigint,
           coalesce(l.center, 0)::bigint, coalesce(l.operator, 0)::bigint, coalesce(l.commission, 0)::bigint, coalesce(l.tax, 0)::bigint,
           coalesce(l.rounding, 0)::bigint, coalesce(l.other_net, 0)::bigint, coalesce(l.other_tax, 0)::bigint, coalesce(l.other_rounding, 0)::bigint
    from periods p
    left join charged h on (h.period, h.currency) = (p.period, p.currency)
    left join credited c on (c.period, c.currency) = (p.period, p.currency)
    left join rounded r on (r.period, r.currency) = (p.period, p.currency)
    left join ledger l on (l.period, l.currency) = (p.period, p.currency)
    order by p.period, p.currency
$$;
