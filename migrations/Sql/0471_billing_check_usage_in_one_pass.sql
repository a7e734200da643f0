-- The check of usage, as before; each table is read once. It used to look for the rated lines of one journal after the other, which no index leads
-- to: on a million lines it did not end.
create or replace function billing.check_usage() returns table (break text) language sql stable as $$
    select format('contract %s: its totals differ from its rated lines', c.contract_id)
    from billing.contract_cost c
    left join (
        select r.contract_id,
               coalesce(sum(r.quantity) filter (where r.meter in ('card-seconds', 'reserved-card-seconds')), 0) as quantity,
               sum(r.net) as net, sum(r.tax) as tax, sum(r.center) as center, sum(r.operator) as operator,
               sum(r.commission) as commission, sum(r.uncovered) as uncovered
        from billing.rated_line r group by r.contract_id
    ) r on r.contract_id = c.contract_id
    where (c.quantity, c.net, c.tax, c.center, c.operator, c.commission, c.uncovered)
          is distinct from (coalesce(r.quantity, 0), coalesce(r.net, 0), coalesce(r.tax, 0), coalesce(r.center, 0), coalesce(r.operator, 0),
                            coalesce(r.commission, 0), coalesce(r.uncovered, 0))
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
    select format('journal %s: the customer''s side of its legs differs from its rated lines', l.id)
    from (
        select j.id,
               coalesce(sum(case when d.kind in ('customer.held', 'customer.available', 'unbilled') then l.amount else 0 end)
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
        from billing.journal j
        left join billing.leg l on l.journal_id = j.id
        left join billing.account d on d.id = l.debit_account
        left join billing.account c on c.id = l.credit_account
        where j.kind in ('charge', 'usage-correction')
        group by j.id
    ) l
    left join (
        select r.journal_id, sum(r.net + r.tax) as paid, sum(r.uncovered) as owed, sum(r.center) as center, sum(r.operator) as operator,
               sum(r.commission) as commission, sum(r.tax) as tax
        from billing.rated_line r where r.journal_id is not null group by r.journal_id
    ) r on r.journal_id = l.id
    where (l.paid, l.owed, l.center, l.operator, l.commission, l.tax)
          is distinct from (coalesce(r.paid, 0), coalesce(r.owed, 0), coalesce(r.center, 0), coalesce(r.operator, 0), coalesce(r.commission, 0),
                            coalesce(r.tax, 0))
$$;
