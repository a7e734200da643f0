-- Readings with revisions and epochs, how far each source has been heard, and charges that correct others (ADR 0059).

-- A corrected reading repeats its window under a higher revision. A counter that started again from zero counts in a new epoch, which adds.
alter table billing.usage_event
    add column epoch integer not null default 0 check (epoch >= 0),
    add column revision integer not null default 0 check (revision >= 0);
alter table billing.usage_meter
    add column epoch integer not null default 0 check (epoch >= 0),
    add column revision integer not null default 0 check (revision >= 0),
    -- Readings of it are in quarantine that a correction may make fit.
    add column contested boolean not null default false;
update billing.usage_meter m set contested = true
where exists (
    select from billing.usage_quarantine q
    where q.contract_id = m.contract_id and q.reason in ('counter-fell', 'earlier-and-larger', 'after-final'));
alter table billing.usage_meter drop constraint usage_meter_pkey;
alter table billing.usage_meter add primary key (contract_id, allocation_id, meter, epoch);

-- Why a line is not the plain charge of its window: usage that came after its period was invoiced or closed, a corrected reading, or a dispute
-- that was upheld, which names the line it takes back.
alter table billing.rated_line
    add column adjustment text check (adjustment in ('late', 'correction', 'dispute')),
    add column corrects_id text references billing.rated_line,
    drop constraint rated_line_uncovered_check,
    add constraint rated_line_uncovered check (uncovered >= 0 or adjustment in ('correction', 'dispute')),
    add constraint rated_line_corrects check ((corrects_id is null) = (adjustment is distinct from 'dispute'));
create unique index rated_line_corrected_once on billing.rated_line (corrects_id) where corrects_id is not null;

-- Up to when a contract is on an invoice.
create index invoice_line_contract on billing.invoice_line (contract_id, period_to);

-- What each source has told of each contract, with the readings of that time in the same transaction. What is not covered is unknown, which
-- is not zero. Adding a stretch of time is a union: the same whatever comes twice, late or out of order.
create table billing.usage_feed (
    contract_id text not null references billing.contract_terms,
    source text not null,
    -- From when the source answers for the contract.
    since timestamptz not null,
    covered tstzmultirange not null,
    reported_at timestamptz not null,
    primary key (contract_id, source),
    constraint usage_feed_covered check (covered = '{}' or lower(covered) >= since)
) with (fillfactor = 70);
create index usage_feed_source on billing.usage_feed (source);
revoke delete on billing.usage_feed from marketplace_app;

-- A source's word is not taken back.
create function billing.refuse_forgetting() returns trigger language plpgsql as $$
begin
    if not (new.covered @> old.covered) or new.since > old.since or new.contract_id <> old.contract_id or new.source <> old.source then
        raise exception 'usage of contract % is known from % and stays known', old.contract_id, old.source using errcode = 'LG001';
    end if;
    return new;
end
$$;
create trigger usage_feed_grows before update on billing.usage_feed for each row execute function billing.refuse_forgetting();
create trigger usage_feed_kept before delete on billing.usage_feed for each row execute function billing.refuse_change();

-- Without a gap through when each source has been heard of a contract.
create function billing.heard_through(feed billing.usage_feed) returns timestamptz language sql immutable as $$
    select coalesce((select upper(r) from unnest(feed.covered) r where lower(r) = feed.since), feed.since)
$$;

-- When the last reading of a contract is in: it has ended and each of its meters is final. Null while more may come.
create function billing.usage_ended(of_contract text) returns timestamptz language sql stable as $$
    select coalesce((select max(m.through) from billing.usage_meter m where m.contract_id = c.contract_id), c.ended_at)
    from billing.contract_cost c
    where c.contract_id = of_contract and c.ended_at is not null
      and not exists (
          select from billing.usage_meter m where m.contract_id = c.contract_id and m.through is not null and not m.final)
$$;

-- Through when the usage of contracts is known from every source that answers for them; a contract no source answers for has no row.
create function billing.usage_known(of_contracts text[])
returns table (contract_id text, known_through timestamptz, ended timestamptz, since timestamptz) language sql stable as $$
    select f.contract_id, min(billing.heard_through(f)), billing.usage_ended(f.contract_id), min(f.since)
    from billing.usage_feed f
    where f.contract_id = any (of_contracts)
    group by f.contract_id
$$;

-- How usage and charges could disagree with each other or with the ledger; no rows when they agree. A contract's quantity is its card-seconds:
-- quantities of other meters are other units. A dispute changes the charge and not what was metered.
create or replace function billing.check_usage() returns table (break text) language sql stable as $$
    select format('contract %s: its totals differ from its rated lines', c.contract_id)
    from billing.contract_cost c
    left join lateral (
        select coalesce(sum(r.quantity) filter (where r.meter = 'card-seconds'), 0) as quantity,
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
        from billing.usage_meter m group by m.contract_id, m.meter having sum(m.quantity) <> 0
    ) m
    full join (
        select r.contract_id, r.meter, sum(r.quantity) as quantity, sum(r.net) as net, sum(r.tax) as tax
        from billing.rated_line r where r.adjustment is distinct from 'dispute'
        group by r.contract_id, r.meter having sum(r.quantity) <> 0
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

revoke execute on function
    billing.heard_through(billing.usage_feed), billing.usage_ended(text), billing.usage_known(text[]) from public;
grant execute on function
    billing.heard_through(billing.usage_feed), billing.usage_ended(text), billing.usage_known(text[]) to marketplace_app;
