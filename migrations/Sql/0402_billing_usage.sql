-- Metering and rating. What was sold (terms, prices), what was reported (events) and what was charged (rated lines) never changes;
-- where each meter and each contract stands does.

create table billing.contract_terms (
    contract_id text primary key,
    order_id text not null,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    currency text not null,
    device_model text,
    description text not null,
    commission_rate numeric(38,18) not null check (commission_rate between 0 and 1),
    tax_rate numeric(38,18) not null check (tax_rate >= 0),
    tax_jurisdiction text not null,
    hold_reference text not null,
    registered_at timestamptz not null
);
create index contract_terms_customer on billing.contract_terms (customer_id);
create index contract_terms_operator on billing.contract_terms (operator_id);
create index contract_terms_center on billing.contract_terms (center_id);
create index contract_terms_hold on billing.contract_terms (hold_reference);

-- What one priced unit of a meter costs: 3,600 card-seconds make the card-hour that is priced.
create table billing.price_version (
    contract_id text not null references billing.contract_terms,
    meter text not null,
    version integer not null,
    unit text not null,
    quantity_per_unit numeric(38,12) not null check (quantity_per_unit > 0),
    retail numeric(38,18) not null check (retail >= 0),
    wholesale numeric(38,18) not null check (wholesale >= 0),
    valid_from timestamptz not null,
    primary key (contract_id, meter, version)
);

-- Accepted readings, each once. Another payload under the same id, a falling counter or an unknown contract is in quarantine instead.
create table billing.usage_event (
    source text not null,
    event_id text not null,
    payload_hash bytea not null,
    contract_id text not null,
    allocation_id text not null,
    meter text not null,
    quantity numeric(38,12) not null check (quantity >= 0),
    window_from timestamptz not null,
    window_to timestamptz not null,
    final boolean not null,
    received_at timestamptz not null,
    primary key (source, event_id)
);

create table billing.usage_quarantine (
    source text not null,
    event_id text not null,
    payload_hash bytea not null,
    reason text not null,
    detail text not null,
    contract_id text not null,
    payload jsonb not null,
    received_at timestamptz not null,
    -- The same bad reading sent a thousand times is one row.
    primary key (source, event_id, payload_hash, reason)
);
create index usage_quarantine_recent on billing.usage_quarantine (received_at);

-- Where each meter stands: the cumulative reading and what was booked for it, from which the next delta follows.
create table billing.usage_meter (
    contract_id text not null references billing.contract_terms,
    allocation_id text not null,
    meter text not null,
    quantity numeric(38,12) not null,
    through timestamptz,
    final boolean not null,
    rated numeric(38,12) not null,
    net bigint not null,
    tax bigint not null,
    center bigint not null,
    operator bigint not null,
    commission bigint not null,
    primary key (contract_id, allocation_id, meter)
) with (fillfactor = 70);

create table billing.rated_line (
    id text primary key,
    contract_id text not null,
    order_id text not null,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    currency text not null,
    allocation_id text not null,
    meter text not null,
    price_version integer not null,
    window_from timestamptz not null,
    window_to timestamptz not null,
    quantity numeric(38,12) not null,
    rated numeric(38,12) not null,
    net bigint not null,
    tax bigint not null,
    center bigint not null,
    operator bigint not null,
    commission bigint not null,
    -- The part of net + tax the hold did not cover, which the customer owes.
    uncovered bigint not null check (uncovered >= 0),
    -- None when the window came to nothing, as for a free contract.
    journal_id text references billing.journal,
    rated_at timestamptz not null,
    constraint rated_line_split check (net = center + operator + commission)
);
create index rated_line_contract on billing.rated_line (contract_id, window_to);
create index rated_line_customer on billing.rated_line (customer_id, id);
create index rated_line_operator on billing.rated_line (operator_id, id);
create index rated_line_center on billing.rated_line (center_id, id);

-- A contract's running totals, so that its cost is one row to read.
create table billing.contract_cost (
    contract_id text primary key references billing.contract_terms,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    currency text not null,
    quantity numeric(38,12) not null,
    net bigint not null,
    tax bigint not null,
    center bigint not null,
    operator bigint not null,
    commission bigint not null,
    uncovered bigint not null,
    -- What has passed the dispute window and become payable.
    center_due bigint not null,
    operator_due bigint not null,
    through timestamptz,
    exhausted_at timestamptz,
    ended_at timestamptz
) with (fillfactor = 70);
create index contract_cost_not_due on billing.contract_cost (contract_id) where center_due <> center or operator_due <> operator;

revoke update, delete on
    billing.contract_terms, billing.price_version, billing.usage_event, billing.usage_quarantine, billing.rated_line from marketplace_app;
revoke delete on billing.usage_meter, billing.contract_cost from marketplace_app;

do $$
declare
    kept text;
begin
    foreach kept in array array['contract_terms', 'price_version', 'usage_event', 'usage_quarantine', 'rated_line'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;

-- How usage and charges could disagree with each other or with the ledger; no rows when they agree.
create function billing.check_usage() returns table (break text) language sql stable as $$
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
               coalesce(sum(case when d.kind = 'unbilled' then l.amount else 0 end), 0) as owed,
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
revoke execute on function billing.check_usage() from public;
grant execute on function billing.check_usage() to marketplace_app;
