-- One row per Idempotency-Key of a party. Without status: the request runs, until claimed_until at the latest.
create table platform.idempotency_key (
    party_id text not null,
    key text not null,
    fingerprint bytea not null,
    claim text not null,
    claimed_until timestamptz not null,
    status integer,
    content_type text,
    location text,
    etag text,
    body bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (party_id, key)
);
create index idempotency_key_expiry on platform.idempotency_key (expires_at);
