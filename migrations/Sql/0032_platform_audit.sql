-- Who did what to what, when and from where. Rows are only ever added:
--  * the application's role may read and insert, nothing else;
--  * whoever holds more rights (the owner, a repair script) still meets the triggers.
create table platform.audit_event (
    id text primary key,
    party_id text not null,
    at timestamptz not null,
    actor_kind text not null check (actor_kind in ('Person', 'Program', 'System')),
    actor_id text,
    actor_name text not null,
    action text not null,
    target_kind text not null,
    target_id text not null,
    outcome text not null check (outcome in ('Done', 'Refused')),
    detail text,
    origin text
);
create index audit_event_of_party on platform.audit_event (party_id, id desc);
create index audit_event_of_target on platform.audit_event (target_id, id desc);

revoke update, delete, truncate on platform.audit_event from marketplace_app;

create function platform.refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% is refused: the audit trail only grows', tg_op, tg_table_schema, tg_table_name using errcode = 'AU001';
end
$$;
create trigger audit_event_immutable before update or delete on platform.audit_event
    for each row execute function platform.refuse_audit_change();
create trigger audit_event_kept before truncate on platform.audit_event
    for each statement execute function platform.refuse_audit_change();
