-- The way to the first network desk. One row at most, so one address counts, however many replicas have printed one: the last.
create table identity.desk_token (
    one boolean primary key check (one),
    hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
