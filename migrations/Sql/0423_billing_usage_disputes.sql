-- Charged usage a customer disputes (ADR 0060). The dispute, its lines and its outcome are rows that never change.
create table billing.usage_dispute (
    id text primary key,
    contract_id text not null references billing.contract_terms,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    currency text not null,
    window_from timestamptz not null,
    window_to timestamptz not null,
    reason text not null check (reason <> ''),
    idempotency_key text not null,
    opened_by text not null,
    opened_at timestamptz not null,
    unique (customer_id, idempotency_key),
    constraint usage_dispute_window check (window_from < window_to)
);
create index usage_dispute_contract on billing.usage_dispute (contract_id, id);

-- A charge is disputed once.
create table billing.usage_dispute_line (
    rated_line_id text primary key references billing.rated_line,
    dispute_id text not null references billing.usage_dispute,
    contract_id text not null,
    -- The part of the line's window that is disputed.
    portion numeric(38,18) not null check (portion > 0 and portion <= 1)
);
create index usage_dispute_line_dispute on billing.usage_dispute_line (dispute_id);

create table billing.usage_dispute_outcome (
    dispute_id text primary key references billing.usage_dispute,
    outcome text not null check (outcome in ('Upheld', 'Rejected')),
    -- What of the disputed amount goes back.
    share numeric(38,18) not null check (share between 0 and 1 and (share = 0) = (outcome = 'Rejected')),
    reason text not null check (reason <> ''),
    journal_id text references billing.journal,
    decided_by text not null,
    decided_at timestamptz not null
);

-- What can become payable, and from when: a charge under dispute waits, and what takes a charge back counts with it.
create view billing.payable_line as
select r.id, r.contract_id, r.center, r.operator, coalesce(o.rated_at, r.rated_at) as due_from
from billing.rated_line r
left join billing.rated_line o on o.id = r.corrects_id
where not exists (
    select from billing.usage_dispute_line d
    where d.rated_line_id = r.id
      and not exists (select from billing.usage_dispute_outcome x where x.dispute_id = d.dispute_id));
revoke insert, update, delete on billing.payable_line from marketplace_app;

revoke update, delete on billing.usage_dispute, billing.usage_dispute_line, billing.usage_dispute_outcome from marketplace_app;

do $$
declare
    kept text;
begin
    foreach kept in array array['usage_dispute', 'usage_dispute_line', 'usage_dispute_outcome'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;
