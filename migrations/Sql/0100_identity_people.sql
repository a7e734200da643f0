select platform.open_to_application('identity');

create table identity.person (
    id text primary key,
    email text not null,
    normalized_email text not null unique,
    email_confirmed_at timestamptz,
    name text not null,
    locale text not null,
    theme text not null,
    password_hash text not null,
    -- Changes with the password: sessions and one-time links made before it stop working.
    security_stamp text not null,
    failed_sign_ins integer not null,
    locked_until timestamptz,
    created_at timestamptz not null
);

create table identity.session (
    id text primary key,
    person_id text not null references identity.person (id) on delete cascade,
    security_stamp text not null,
    party_id text,
    device text not null,
    ip text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index session_open on identity.session (person_id, last_seen_at desc) where ended_at is null;

create table identity.membership (
    id text primary key,
    person_id text not null references identity.person (id) on delete cascade,
    party_id text not null,
    role text not null check (role in ('Viewer', 'Member', 'Finance', 'Admin', 'Owner')),
    created_at timestamptz not null,
    unique (person_id, party_id)
);
create index membership_party on identity.membership (party_id);

create table identity.invitation (
    id text primary key,
    party_id text not null,
    email text not null,
    normalized_email text not null,
    role text not null check (role in ('Viewer', 'Member', 'Finance', 'Admin', 'Owner')),
    token_hash bytea not null unique,
    invited_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    withdrawn_at timestamptz
);
-- One open invitation per address and organisation.
create unique index invitation_open on identity.invitation (party_id, normalized_email) where accepted_at is null and withdrawn_at is null;

create table identity.one_time_token (
    hash bytea primary key,
    purpose text not null,
    person_id text not null references identity.person (id) on delete cascade,
    security_stamp text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index one_time_token_person on identity.one_time_token (person_id);
create index one_time_token_expiry on identity.one_time_token (expires_at);

create table identity.outgoing_mail (
    id text primary key,
    recipient text not null,
    subject text not null,
    -- Encrypted by the data-protection keys, because it holds one-time links; emptied once sent.
    protected_body text not null,
    created_at timestamptz not null,
    attempts integer not null,
    next_attempt_at timestamptz not null,
    sent_at timestamptz,
    given_up_at timestamptz,
    last_error text
);
create index outgoing_mail_due on identity.outgoing_mail (next_attempt_at) where sent_at is null and given_up_at is null;
