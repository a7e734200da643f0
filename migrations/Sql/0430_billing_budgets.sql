-- Budgets: what an organisation lets itself spend. A budget's scope, kind and currency stay; what may change does so in versions. Nothing of
-- it is rewritten: alerts and stops are rows that are there once.

create table billing.budget (
    id text primary key,
    party_id text not null,
    scope text not null check (scope in ('Organization', 'Project', 'Member')),
    scope_id text,
    kind text not null check (kind in ('HourlyRate', 'Day', 'Month', 'Total')),
    currency text not null,
    idempotency_key text not null,
    request_hash text not null,
    created_at timestamptz not null,
    created_by text not null,
    unique (party_id, idempotency_key),
    constraint budget_scope check ((scope = 'Organization') = (scope_id is null))
);
create index budget_party on billing.budget (party_id, id desc);

create table billing.budget_version (
    budget_id text not null references billing.budget,
    version integer not null check (version > 0),
    party_id text not null,
    name text not null,
    amount bigint not null check (amount > 0),
    thresholds numeric(6,4)[] not null,
    hard_stop boolean not null,
    starts_on date not null,
    state text not null check (state in ('Active', 'Ended')),
    made_at timestamptz not null,
    made_by text not null,
    primary key (budget_id, version)
);

-- Whose spending a contract is, and what an hour of it costs with tax. Billing's own rows know the customer only.
create table billing.contract_scope (
    contract_id text primary key references billing.contract_terms,
    party_id text not null,
    project_id text,
    member_id text,
    per_hour bigint not null check (per_hour >= 0)
);
create index contract_scope_project on billing.contract_scope (project_id) where project_id is not null;

-- What each contract cost on each day in UTC, tax included: the sums budgets ask for, without reading every charge again. Kept by the trigger
-- below, so that no way of charging can forget it.
create table billing.contract_day (
    contract_id text not null references billing.contract_terms,
    day date not null,
    customer_id text not null,
    currency text not null,
    spent bigint not null,
    primary key (contract_id, day)
) with (fillfactor = 70);
create index contract_day_customer on billing.contract_day (customer_id, day);

create table billing.budget_alert (
    id text primary key,
    budget_id text not null references billing.budget,
    party_id text not null,
    kind text not null check (kind in ('Reached', 'Forecast')),
    period_start date not null,
    threshold numeric(6,4) not null,
    amount bigint not null,
    spent bigint not null,
    used_up_at timestamptz,
    raised_at timestamptz not null,
    constraint budget_alert_once unique (budget_id, kind, period_start, threshold, amount)
);
create index budget_alert_party on billing.budget_alert (party_id, id desc);

-- Contracts a used-up budget has stopped: once per period and amount. Whoever raises the amount and runs on can be stopped again.
create table billing.budget_stop (
    budget_id text not null references billing.budget,
    period_start date not null,
    amount bigint not null,
    contract_id text not null references billing.contract_terms,
    party_id text not null,
    stopped_at timestamptz not null,
    primary key (budget_id, period_start, amount, contract_id)
);
create index budget_stop_contract on billing.budget_stop (contract_id);

create index contract_cost_open on billing.contract_cost (customer_id) where ended_at is null;

revoke update, delete on
    billing.budget, billing.budget_version, billing.contract_scope, billing.budget_alert, billing.budget_stop from marketplace_app;
revoke insert, update, delete on billing.contract_day from marketplace_app;

do $$
declare
    kept text;
begin
    foreach kept in array array['budget', 'budget_version', 'contract_scope', 'budget_alert', 'budget_stop'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;

-- An ended budget stays ended, whoever writes the next version, and versions leave no gap.
create function billing.check_budget_version() returns trigger language plpgsql as $$
declare
    last billing.budget_version;
begin
    select * into last from billing.budget_version where budget_id = new.budget_id order by version desc limit 1;
    if new.version <> coalesce(last.version, 0) + 1 then
        raise exception 'version % of budget % does not follow version %', new.version, new.budget_id, coalesce(last.version, 0);
    end if;
    if last.state = 'Ended' then
        raise exception 'budget % has ended', new.budget_id;
    end if;
    return new;
end
$$;
create trigger budget_version_follows before insert on billing.budget_version for each row execute function billing.check_budget_version();

create function billing.add_to_days() returns trigger language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    insert into contract_day as d (contract_id, day, customer_id, currency, spent)
    select l.contract_id, (l.window_from at time zone 'UTC')::date, l.customer_id, l.currency, sum(l.net + l.tax)::bigint
    from new_lines l
    group by 1, 2, 3, 4
    order by 1, 2
    on conflict (contract_id, day) do update set spent = d.spent + excluded.spent;
    return null;
end
$$;
insert into billing.contract_day (contract_id, day, customer_id, currency, spent)
select l.contract_id, (l.window_from at time zone 'UTC')::date, l.customer_id, l.currency, sum(l.net + l.tax)::bigint
from billing.rated_line l
group by 1, 2, 3, 4;
create trigger rated_line_days after insert on billing.rated_line
    referencing new table as new_lines for each statement execute function billing.add_to_days();

-- Where every running budget of a party in one currency stands. One statement, so one moment: what a charge moves from committed to spent is
-- seen on one side only.
create function billing.budget_standing(of_party text, of_currency text, today date)
returns table (
    budget_id text, version integer, scope text, scope_id text, kind text, name text, amount bigint, thresholds numeric[], hard_stop boolean,
    starts_on date, period_start date, spent bigint, committed bigint, per_hour bigint, lately bigint
) language sql stable as $$
    with running as materialized (
        select b.id, b.scope, b.scope_id, b.kind, v.version, v.name, v.amount, v.thresholds, v.hard_stop, v.starts_on,
               case b.kind when 'Month' then date_trunc('month', today)::date when 'Total' then v.starts_on else today end as period_start
        from billing.budget b
        join lateral (select * from billing.budget_version w where w.budget_id = b.id order by w.version desc limit 1) v on true
        where b.party_id = of_party and b.currency = of_currency and v.state = 'Active' and v.starts_on <= today
    ),
    spending as materialized (
        select d.day, s.project_id, s.member_id, sum(d.spent) as spent
        from billing.contract_day d
        left join billing.contract_scope s on s.contract_id = d.contract_id
        where d.customer_id = of_party and d.currency = of_currency
          and d.day >= (select least(min(r.period_start), today - 6) from running r)
        group by 1, 2, 3
    ),
    open as materialized (
        -- Contracts that share a hold count it once.
        select c.contract_id, s.project_id, s.member_id, coalesce(s.per_hour, 0) as per_hour,
               case when row_number() over (partition by coalesce(h.id::text, c.contract_id) order by c.contract_id) = 1
                    then coalesce(h.promo_remaining + h.available_remaining, 0) else 0 end as held
        from billing.contract_cost c
        join billing.contract_terms t on t.contract_id = c.contract_id
        left join billing.contract_scope s on s.contract_id = c.contract_id
        left join billing.hold h on h.reference = t.hold_reference and h.resolved_at is null
        where c.customer_id = of_party and c.currency = of_currency and c.ended_at is null
    )
    select r.id, r.version, r.scope, r.scope_id, r.kind, r.name, r.amount, r.thresholds, r.hard_stop, r.starts_on, r.period_start,
           coalesce(m.spent, 0)::bigint, coalesce(o.held, 0)::bigint, coalesce(o.per_hour, 0)::bigint, coalesce(m.lately, 0)::bigint
    from running r
    left join lateral (
        select sum(p.spent) filter (where p.day >= r.period_start) as spent, sum(p.spent) filter (where p.day >= today - 6) as lately
        from spending p
        where r.scope = 'Organization' or r.scope = 'Project' and p.project_id = r.scope_id or r.scope = 'Member' and p.member_id = r.scope_id
    ) m on true
    left join lateral (
        select sum(p.held) as held, sum(p.per_hour) as per_hour
        from open p
        where r.scope = 'Organization' or r.scope = 'Project' and p.project_id = r.scope_id or r.scope = 'Member' and p.member_id = r.scope_id
    ) o on true
    order by r.id
$$;

revoke execute on function billing.add_to_days(), billing.check_budget_version(), billing.budget_standing(text, text, date) from public;
grant execute on function billing.budget_standing(text, text, date) to marketplace_app;
