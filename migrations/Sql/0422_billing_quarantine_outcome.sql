-- What became of a reading that was set aside. The reading's row never changes; its outcome is a row of its own, once.
create sequence billing.usage_quarantine_number;
alter table billing.usage_quarantine
    add column id text collate "C" not null unique default 'qtn_' || lpad(nextval('billing.usage_quarantine_number')::text, 15, '0');
grant usage on sequence billing.usage_quarantine_number to marketplace_app;
create index usage_quarantine_contract on billing.usage_quarantine (contract_id);

create table billing.usage_quarantine_outcome (
    quarantine_id text collate "C" primary key references billing.usage_quarantine (id),
    outcome text not null check (outcome in ('released', 'dismissed')),
    reason text not null check (reason <> ''),
    -- What taking it in came to: accepted, superseded or duplicate; none when it was dismissed.
    result text check ((result is null) = (outcome = 'dismissed')),
    actor text not null,
    decided_at timestamptz not null
);

revoke update, delete on billing.usage_quarantine_outcome from marketplace_app;
create trigger usage_quarantine_outcome_immutable before update or delete on billing.usage_quarantine_outcome
    for each row execute function billing.refuse_change();
create trigger usage_quarantine_outcome_kept before truncate on billing.usage_quarantine_outcome
    for each statement execute function billing.refuse_change();
