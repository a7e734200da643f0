-- The application's rights are granted schema by schema: it reads and writes rows, and never changes a table.
-- The runner calls this for a module before its first file; a module takes back what its guards forbid (see the ledger).
create function platform.open_to_application(schema_name text) returns void
language plpgsql as $$
begin
    execute format('create schema if not exists %I', schema_name);
    execute format('grant usage on schema %I to marketplace_app', schema_name);
    execute format('grant select, insert, update, delete on all tables in schema %I to marketplace_app', schema_name);
    execute format('grant usage, select on all sequences in schema %I to marketplace_app', schema_name);
    execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to marketplace_app', schema_name);
    execute format('alter default privileges in schema %I grant usage, select on sequences to marketplace_app', schema_name);
end
$$;
revoke execute on function platform.open_to_application(text) from public;

select platform.open_to_application('platform');
-- The record of migrations is the owner's alone; the console may show it.
revoke insert, update, delete on platform.schema_version from marketplace_app;

create table platform.outbox_message (
    id text primary key,
    type text not null,
    key text,
    payload jsonb not null,
    occurred_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    delivered_at timestamptz,
    dead_at timestamptz,
    last_error text
);
-- The dispatcher asks for the oldest message due, and whether an older one of the same key still waits. Both look only at what is
-- undelivered, so the indexes stay small however long the history grows.
create index outbox_message_due on platform.outbox_message (id) include (next_attempt_at) where delivered_at is null and dead_at is null;
create index outbox_message_key on platform.outbox_message (key, id) where delivered_at is null and dead_at is null and key is not null;
create index outbox_message_dead on platform.outbox_message (dead_at) where dead_at is not null;

create table platform.inbox_entry (
    message_id text not null,
    handler text not null,
    handled_at timestamptz not null,
    primary key (message_id, handler)
);
