-- Customers who owe what is past due, per currency. Rows are made with the first step away from Current and stay (ADR 0066). No money moves here.
create table billing.arrears (
    id text primary key,
    party_id text not null,
    party_name text not null,
    currency text not null,
    state text not null check (state in ('Current', 'Grace', 'Suspended', 'Ended')),
    entered_at timestamptz not null,
    -- The desk gave time: the next step is not before it.
    more_time_until timestamptz,
    -- As last looked at, in micro-units: open on invoices past due, and charged without cover beyond what the network lends.
    overdue bigint not null check (overdue >= 0),
    unsecured bigint not null check (unsecured >= 0),
    invoices integer not null check (invoices >= 0),
    -- When the oldest open invoice was due.
    since timestamptz,
    looked_at timestamptz not null,
    unique (party_id, currency),
    check (more_time_until is null or state in ('Grace', 'Suspended'))
);
create index arrears_open on billing.arrears (state) where state <> 'Current';
create index invoice_open_issued on billing.invoice (issued_at) where state = 'Final';
revoke delete on billing.arrears from marketplace_app;
