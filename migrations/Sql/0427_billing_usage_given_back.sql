-- As before; what a volume tier gives back to a customer who pays later is owed less.
create or replace function billing.check_usage() returns table (break text) language sql stable as $$
    select format('contract %s: its totals differ from its rated lines', c.contract_id)
    from billing.contract_cost c
    left join lateral (
        select coalesce(sum(r.quantity), 0) as quantity, coalesce(sum(r.net), 0) as net, coalesce(sum(r.tax), 0) as tax,
               coalesce(sum(r.center), 0) as center, coalesce(sum(r.operator), 0) as operator,
               coalesce(sum(r.commission), 0) as commission, coalesce(sum(r.uncovered), 0) as uncovered
        from billing.rated_line r where r.contract_id = c.contract_id
    ) r on true
    where (c.quantity, c.net, c.tax, c.center, c.operator, c.commission, c.uncovered)
          is distinct from (r.quantity, r.net, r.tax, r.center, r.operator, r.commission, r.uncovered)
    union all
    select format('contract %s: its totals differ from its meters', c.contract_id)
    from billing.contract_cost c
    join (
        select m.contract_id, sum(m.quantity) as quantity, sum(m.net) as net, sum(m.tax) as tax
        from billing.usage_meter m group by m.contract_id
    ) m on m.contract_id = c.contract_id
    where (c.quantity, c.net, c.tax) is distinct from (m.quantity, m.net, m.tax)
    union all
    select format('journal %s: the customer''s side of its legs differs from its rated lines', j.id)
    from billing.journal j
    left join lateral (
        select coalesce(sum(case when d.kind in ('customer.held', 'unbilled') then l.amount else 0 end)
                        - sum(case when c.kind in ('customer.held', 'unbilled') then l.amount else 0 end), 0) as paid,
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
    where j.kind = 'charge'
      and (l.paid, l.owed, l.center, l.operator, l.commission, l.tax)
          is distinct from (r.paid, r.owed, r.center, r.operator, r.commission, r.tax)
$$;
