-- Payments through a card processor: the whole life of a payment, refunds, disputes, what the processor says about its side, and where the
-- two sides differ.

alter table billing.payment drop constraint payment_state_check;
alter table billing.payment
    add constraint payment_state_check check (state in (
        'Created', 'Processing', 'RequiresAction', 'Succeeded', 'Failed', 'Canceled', 'PartiallyRefunded', 'Refunded', 'Disputed', 'ChargedBack')),
    add column purpose text not null default 'TopUp' check (purpose in ('TopUp', 'Invoice')),
    add column invoice_id text references billing.invoice,
    -- Made by the system without the customer being there.
    add column automatic boolean not null default false,
    -- The saved method it was asked for, and what the customer knows it by.
    add column method text,
    add column method_label text,
    add column charge_reference text,
    -- What the customer must do next, as the processor says.
    add column action_url text,
    -- Refunded or on the way there.
    add column refunded bigint not null default 0,
    -- Which attempt is under way: the processor keeps an error under its key, so another try needs another key.
    add column attempt integer not null default 1,
    add constraint payment_refunded check (refunded between 0 and amount),
    add constraint payment_invoice check ((purpose = 'Invoice') = (invoice_id is not null));
drop index billing.payment_open;
create index payment_open on billing.payment (created_at) where state in ('Created', 'Processing', 'RequiresAction');
create unique index payment_of_stripe on billing.payment (provider_reference) where provider = 'stripe' and provider_reference is not null;
create index payment_of_charge on billing.payment (charge_reference) where charge_reference is not null;

create table billing.refund (
    id text primary key,
    party_id text not null,
    payment_id text not null references billing.payment,
    idempotency_key text not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    state text not null check (state in ('Created', 'Pending', 'Succeeded', 'Failed')),
    reason text not null,
    provider_reference text,
    failure text,
    attempt integer not null default 1,
    -- The journal that took the money from the customer's credit; reversed when the refund fails.
    started_journal text not null references billing.journal,
    settled_journal text references billing.journal,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (party_id, idempotency_key)
);
create index refund_open on billing.refund (created_at) where state in ('Created', 'Pending');
create index refund_of_payment on billing.refund (payment_id);
create unique index refund_reference on billing.refund (provider_reference) where provider_reference is not null;

create table billing.dispute (
    id text primary key,
    party_id text not null,
    payment_id text not null references billing.payment,
    reference text not null unique,
    state text not null check (state in ('Inquiry', 'InquiryClosed', 'NeedsResponse', 'UnderReview', 'Won', 'Lost')),
    amount bigint not null check (amount > 0),
    fee bigint not null check (fee >= 0),
    -- What of the customer's credit was frozen when it opened.
    frozen bigint not null default 0 check (frozen between 0 and amount),
    currency text not null,
    reason text not null,
    evidence text,
    evidence_due_at timestamptz,
    evidence_submitted_at timestamptz,
    opened_at timestamptz not null,
    closed_at timestamptz,
    updated_at timestamptz not null
);
create index dispute_of_payment on billing.dispute (payment_id);

-- Who a party is at the processor.
create table billing.psp_customer (
    party_id text primary key,
    reference text unique,
    attempt integer not null default 1,
    created_at timestamptz not null
);

-- Whom the processor pays for us.
create table billing.connect_account (
    party_id text primary key,
    reference text unique,
    payouts_enabled boolean not null default false,
    details_submitted boolean not null default false,
    currently_due text[] not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Events as they came, once each; worked off later. The raw text is kept: it is what was signed.
create table billing.inbox (
    id text primary key,
    type text not null,
    object_id text not null,
    account text,
    payload text not null,
    received_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    handled_at timestamptz,
    -- Given up, and shown to the desk.
    parked_at timestamptz,
    last_error text
);
create index inbox_due on billing.inbox (next_attempt_at) where handled_at is null and parked_at is null;
create index inbox_parked on billing.inbox (parked_at) where parked_at is not null;

-- What the processor says has moved on its balance. As it said it first: a later difference is a break, not an update.
create table billing.psp_txn (
    id text primary key,
    type text not null,
    category text not null,
    source text,
    currency text not null,
    -- Micro-units; net = amount - fee.
    amount bigint not null,
    fee bigint not null,
    net bigint not null,
    created_at timestamptz not null,
    available_on timestamptz not null,
    first_seen_at timestamptz not null,
    constraint psp_txn_net check (net = amount - fee)
);
create index psp_txn_created on billing.psp_txn (created_at);
create index psp_txn_source on billing.psp_txn (source) where source is not null;
create trigger psp_txn_immutable before update or delete on billing.psp_txn for each row execute function billing.refuse_change();
create trigger psp_txn_kept before truncate on billing.psp_txn for each statement execute function billing.refuse_change();

create table billing.psp_balance (
    currency text primary key,
    ours bigint not null,
    theirs_available bigint not null,
    theirs_pending bigint not null,
    compared_at timestamptz not null
);

create table billing.psp_cursor (
    only_row boolean primary key default true check (only_row),
    read_through timestamptz not null,
    finished_at timestamptz not null
);

create table billing.recon_break (
    id text primary key,
    kind text not null check (kind in ('Missing', 'Foreign', 'Amount', 'Changed', 'Vanished', 'Balance')),
    -- The transaction, the journal or the currency it is about.
    subject text not null,
    currency text not null,
    -- Micro-units; null where that side has nothing.
    ours bigint,
    theirs bigint,
    detail text not null,
    found_at timestamptz not null,
    seen_at timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    explanation text,
    constraint recon_break_explained check ((resolved_at is null) = (explanation is null) and (resolved_at is null) = (resolved_by is null))
);
create unique index recon_break_open on billing.recon_break (kind, subject) where resolved_at is null;

-- Buys credit when it runs low, from the saved method.
create table billing.auto_top_up (
    party_id text primary key,
    currency text not null,
    threshold bigint not null check (threshold >= 0),
    amount bigint not null check (amount > 0),
    most_per_day integer not null check (most_per_day between 1 and 24),
    enabled boolean not null,
    -- Why the last one stopped it; null while it works.
    stopped text,
    updated_at timestamptz not null
);

revoke delete on billing.refund, billing.dispute, billing.psp_customer, billing.connect_account, billing.inbox, billing.recon_break
    from marketplace_app;
revoke update, delete on billing.psp_txn from marketplace_app;

-- How payments, refunds and disputes could disagree with the ledger; no rows when they agree.
create function billing.check_payments() returns table (break text) language sql stable as $$
    select format('payment %s succeeded and has no journal of its amount', p.id)
    from billing.payment p
    where p.state in ('Succeeded', 'PartiallyRefunded', 'Refunded', 'Disputed', 'ChargedBack')
      and p.amount is distinct from (
          select sum(l.amount) from billing.journal j
          join billing.leg l on l.journal_id = j.id
          join billing.account c on c.id = l.credit_account and c.kind in ('customer.available', 'receivable') and c.qualifier = p.party_id
          where j.source = 'payment' and j.idem_key = p.id)
    union all
    select format('payment %s did not succeed and has a journal', p.id)
    from billing.payment p
    where p.state in ('Created', 'Processing', 'RequiresAction', 'Failed', 'Canceled')
      and exists (select from billing.journal j where j.source = 'payment' and j.idem_key = p.id)
    union all
    select format('payment %s says %s is refunded, its refunds say %s', p.id, p.refunded, r.amount)
    from billing.payment p
    cross join lateral (
        select coalesce(sum(r.amount), 0)::bigint as amount from billing.refund r where r.payment_id = p.id and r.state <> 'Failed'
    ) r
    where p.refunded <> r.amount
    union all
    select format('refund %s is %s and has %s settling journal', r.id, r.state, case when r.settled_journal is null then 'no' else 'a' end)
    from billing.refund r
    where (r.state = 'Succeeded') <> (
        r.settled_journal is not null and not exists (select from billing.journal j where j.reverses_id = r.settled_journal))
    union all
    select format('dispute %s is %s and its journals say otherwise', d.id, d.state)
    from billing.dispute d
    where (d.state not in ('Inquiry', 'InquiryClosed'))
          <> exists (select from billing.journal j where j.source = 'dispute' and j.idem_key = d.id)
       or (d.state in ('Won', 'Lost')) <> exists (select from billing.journal j where j.source = 'dispute' and j.idem_key = d.id || '/closed')
$$;

-- As before; what payments promise is checked above.
create or replace function billing.check_keys() returns table (break text) language sql stable as $$
    select format('key %s/%s is there %s times', j.source, j.idem_key, count(*))
    from billing.journal j group by j.source, j.idem_key having count(*) > 1
    union all
    select format('charge %s names journal %s, which is not there', r.id, r.journal_id)
    from billing.rated_line r
    where r.journal_id is not null and not exists (select from billing.journal j where j.id = r.journal_id)
    union all
    select format('hold %s was opened and has no journal', h.reference)
    from billing.hold h
    where h.opened_amount > 0 and not exists (select from billing.leg l where l.hold_id = h.id)
    union all
    select c.break from billing.check_payments() c
$$;

revoke execute on function billing.check_payments() from public;
grant execute on function billing.check_payments() to marketplace_app;
