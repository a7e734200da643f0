-- The bank's side of the books (ADR 0081): its statements as they were imported, and what became of each entry.

create table billing.bank_statement (
    id text primary key,
    account text not null check (account <> ''),
    -- The bank's own id of the statement.
    number text not null check (number <> ''),
    currency text not null,
    -- Micro-units, negative when overdrawn; null when the file does not say.
    closing bigint,
    closing_on date,
    entries int not null check (entries >= 0),
    imported_at timestamptz not null,
    unique (account, currency, number)
);
revoke update, delete on billing.bank_statement from marketplace_app;
create trigger bank_statement_kept before update or delete on billing.bank_statement for each row execute function billing.refuse_change();
create trigger bank_statement_not_emptied before truncate on billing.bank_statement for each statement execute function billing.refuse_change();

create table billing.bank_entry (
    id text primary key,
    statement_id text not null references billing.bank_statement (id),
    account text not null,
    currency text not null,
    -- The bank's own id of the movement: an entry that comes again with another statement is the same.
    reference text not null check (reference <> ''),
    incoming boolean not null,
    -- The bank takes an earlier entry back.
    reversal boolean not null,
    booked_on date not null,
    amount bigint not null check (amount > 0),
    counterparty text,
    counterparty_account text,
    details text not null,
    state text not null check (state in ('Open', 'Booked', 'Dismissed')),
    -- Whose it is; while it is open, whose it seems to be.
    party_id text,
    payment_id text references billing.payment (id),
    refund_id text references billing.refund (id),
    payout_id text references billing.payout (id),
    reason text,
    decided_at timestamptz,
    unique (account, currency, reference, incoming),
    check ((state = 'Booked') = (num_nonnulls(payment_id, refund_id, payout_id) = 1)),
    check (state = 'Booked' or num_nonnulls(payment_id, refund_id, payout_id) = 0),
    check ((state = 'Dismissed') = (reason is not null)),
    check (payment_id is null or incoming),
    check (num_nonnulls(refund_id, payout_id) = 0 or not incoming)
);
create unique index bank_entry_of_payment on billing.bank_entry (payment_id) where payment_id is not null;
create unique index bank_entry_of_refund on billing.bank_entry (refund_id) where refund_id is not null;
create unique index bank_entry_of_payout on billing.bank_entry (payout_id) where payout_id is not null;
create index bank_entry_open on billing.bank_entry (id) where state = 'Open';
create index bank_entry_of_payer on billing.bank_entry (counterparty_account, id) where state = 'Booked' and incoming;
revoke update, delete on billing.bank_entry from marketplace_app;
grant update (state, party_id, payment_id, refund_id, payout_id, reason, decided_at) on billing.bank_entry to marketplace_app;
create trigger bank_entry_booked_stays before update on billing.bank_entry
    for each row when (old.state = 'Booked') execute function billing.refuse_change();
create trigger bank_entry_kept before delete on billing.bank_entry for each row execute function billing.refuse_change();
create trigger bank_entry_not_emptied before truncate on billing.bank_entry for each statement execute function billing.refuse_change();
