create table identity.api_key (
    id text primary key,
    party_id text not null,
    name text not null,
    prefix text not null,
    hash bytea not null unique,
    scopes text[] not null,
    role text not null check (role in ('Viewer', 'Member', 'Finance', 'Admin')),
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index api_key_party on identity.api_key (party_id, id desc);

create table identity.oauth_client (
    id text primary key,
    party_id text not null,
    name text not null,
    secret_hash bytea not null,
    scopes text[] not null,
    role text not null check (role in ('Viewer', 'Member', 'Finance', 'Admin')),
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index oauth_client_party on identity.oauth_client (party_id, id desc);

-- Keys that sign access tokens. The private half is encrypted by the data-protection keys.
create table identity.signing_key (
    id text primary key,
    x text not null,
    y text not null,
    protected_private_key text not null,
    created_at timestamptz not null,
    signs_from timestamptz not null,
    signs_until timestamptz not null,
    published_until timestamptz not null
);

create table identity.data_protection_key (
    id bigint generated always as identity primary key,
    friendly_name text not null,
    xml text not null,
    created_at timestamptz not null
);
