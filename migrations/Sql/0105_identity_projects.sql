-- Projects: the names under which an organisation orders and counts its costs. A name is used once per organisation, archived or not, so that
-- what was ordered under it is never mistaken for something else.
create table identity.project (
    id text primary key,
    party_id text not null,
    name text not null check (char_length(name) between 1 and 60),
    state text not null check (state in ('Active', 'Archived')),
    created_at timestamptz not null,
    created_by text not null
);
create unique index project_name on identity.project (party_id, lower(name));
create index project_party on identity.project (party_id, id desc);
revoke delete on identity.project from marketplace_app;
