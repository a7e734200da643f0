-- Payouts to centers and operators: where the money goes, what is held back, each payout with its state, and the files the desk hands its bank.

-- Where a party's payouts go, per currency: the newest row counts. Rows never change, so that every payout says for good where it went.
create table billing.payout_destination (
    id text primary key,
    party_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- Holder, account number, bank code and bank, encrypted by the application.
    protected text not null,
    -- What may be shown of it.
    mask text not null,
    created_by text not null,
    created_at timestamptz not null,
    -- The end of the cooling-off time: nothing is paid there before.
    usable_from timestamptz not null,
    constraint payout_destination_cools check (usable_from >= created_at)
);
create index payout_destination_of_party on billing.payout_destination (party_id, currency, id);

-- What the desk holds back of a party's earnings until it is released.
create table billing.payout_hold (
    id text primary key,
    party_id text not null,
    role text not null check (role in ('center', 'operator')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount > 0),
    reason text not null check (reason <> ''),
    idempotency_key text not null unique,
    placed_by text not null,
    placed_at timestamptz not null,
    released_by text,
    released_at timestamptz,
    constraint payout_hold_released check ((released_by is null) = (released_at is null))
);
create index payout_hold_open on billing.payout_hold (party_id, role, currency) where released_at is null;

-- A list of payouts for the bank; made once, downloaded as often as need be.
create table billing.payout_file (
    id text primary key,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    payouts integer not null check (payouts > 0),
    total bigint not null check (total > 0),
    idempotency_key text not null unique,
    created_by text not null,
    created_at timestamptz not null
);

create table billing.payout (
    id text primary key,
    party_id text not null,
    role text not null check (role in ('center', 'operator')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount >= 0),
    state text not null check (state in ('Accrued', 'Held', 'Eligible', 'Approved', 'Submitted', 'Paid', 'Returned')),
    -- The schedule's date it was made for.
    due_on date not null,
    -- A code: what an accrued payout waits for.
    waits_for text,
    -- In words: why it is held, or why it came back.
    reason text,
    two_person boolean not null default false,
    destination_id text references billing.payout_destination,
    proposed_by text,
    approved_by text,
    provider text,
    provider_reference text,
    bank_reference text,
    file_id text references billing.payout_file,
    -- The journal that took it out of what is payable.
    journal_id text references billing.journal,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    submitted_at timestamptz,
    finished_at timestamptz,
    constraint payout_approved check (
        state not in ('Approved', 'Submitted', 'Paid', 'Returned')
        or (approved_by is not null and destination_id is not null and amount > 0)),
    constraint payout_by_two check (not two_person or approved_by is null or (proposed_by is not null and proposed_by <> approved_by)),
    constraint payout_posted check (
        (journal_id is not null) = (state in ('Submitted', 'Paid', 'Returned'))
        and (journal_id is null) = (submitted_at is null)
        and (journal_id is null) = (provider is null)),
    constraint payout_finished check ((finished_at is not null) = (state in ('Paid', 'Returned'))),
    constraint payout_says_why check (state not in ('Held', 'Returned') or reason is not null)
);
-- One payout on its way to approval at a time, and one for each date of the schedule; a returned one makes room for the next.
create unique index payout_open on billing.payout (party_id, role, currency) where state in ('Accrued', 'Held', 'Eligible', 'Approved');
create unique index payout_once on billing.payout (party_id, role, currency, due_on) where state <> 'Returned';
create index payout_of_party on billing.payout (party_id, id);
create index payout_working on billing.payout (state, updated_at) where state in ('Accrued', 'Eligible', 'Approved', 'Submitted');
create index payout_of_file on billing.payout (file_id) where file_id is not null;

create function billing.payout_moves(from_state text, to_state text) returns boolean language sql immutable as $$
    select (from_state, to_state) in (
        ('Accrued', 'Held'), ('Accrued', 'Eligible'),
        ('Held', 'Eligible'),
        ('Eligible', 'Held'), ('Eligible', 'Approved'),
        ('Approved', 'Held'), ('Approved', 'Submitted'),
        ('Submitted', 'Paid'), ('Submitted', 'Returned'))
$$;

create function billing.check_payout_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'Accrued' then
            raise exception 'payout % cannot begin as %', new.id, new.state using errcode = 'LG006';
        end if;
        return new;
    end if;
    if new.state <> old.state and not billing.payout_moves(old.state, new.state) then
        raise exception 'payout % cannot go from % to %', new.id, old.state, new.state using errcode = 'LG006';
    end if;
    if old.state in ('Paid', 'Returned')
       or (old.id, old.party_id, old.role, old.currency, old.due_on, old.created_at)
          is distinct from (new.id, new.party_id, new.role, new.currency, new.due_on, new.created_at)
       -- What was approved is what is paid, and to where it was approved.
       or (old.state not in ('Accrued', 'Held') and (old.amount, old.destination_id, old.two_person)
           is distinct from (new.amount, new.destination_id, new.two_person))
       or (old.journal_id is not null and (old.journal_id, old.provider, old.submitted_at, old.approved_by)
           is distinct from (new.journal_id, new.provider, new.submitted_at, new.approved_by))
       or (old.file_id is not null and old.file_id is distinct from new.file_id) then
        raise exception 'payout % does not change like this in state %', new.id, old.state using errcode = 'LG006';
    end if;
    return new;
end
$$;
create trigger payout_moves before insert or update on billing.payout for each row execute function billing.check_payout_move();

-- A hold is released once.
create trigger payout_hold_released_once before update on billing.payout_hold for each row
    when (old.released_at is not null
          or (old.id, old.party_id, old.role, old.currency, old.amount, old.reason, old.placed_by, old.placed_at)
             is distinct from (new.id, new.party_id, new.role, new.currency, new.amount, new.reason, new.placed_by, new.placed_at))
    execute function billing.refuse_change();

revoke update, delete on billing.payout_destination, billing.payout_file from marketplace_app;
revoke delete on billing.payout, billing.payout_hold from marketplace_app;

do $$
declare
    kept text;
begin
    foreach kept in array array['payout_destination', 'payout_file'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
    foreach kept in array array['payout', 'payout_hold'] loop
        execute format('create trigger %1$s_kept before delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_not_emptied before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;

-- How payouts could disagree with the ledger; no rows when they agree.
create function billing.check_payouts() returns table (break text) language sql stable as $$
    select format('payout %s is %s and has no journal of its amount from its party', p.id, p.state)
    from billing.payout p
    where p.state in ('Submitted', 'Paid', 'Returned')
      and not exists (
          select from billing.journal j
          join billing.leg l on l.journal_id = j.id and l.amount = p.amount
          join billing.account d on d.id = l.debit_account
          where j.id = p.journal_id and j.source = 'payout' and j.idem_key = p.id and j.total = p.amount
            and d.kind = p.role || '.payable' and d.qualifier = p.party_id and d.currency = p.currency)
    union all
    select format('payout %s is %s and the ledger does not say so', p.id, p.state)
    from billing.payout p
    where p.state in ('Paid', 'Returned')
      and not exists (
          select from billing.journal j
          where j.source = 'payout' and j.idem_key = p.id || '/' || lower(p.state) and j.total = p.amount
            and (p.state = 'Paid' or j.reverses_id = p.journal_id))
    union all
    select format('journal %s says %s, the payout does not', j.id, j.kind)
    from billing.journal j
    left join billing.payout p on p.id = split_part(j.idem_key, '/', 1)
    where j.source = 'payout'
      and (p.id is null
           or case j.kind when 'payout' then p.journal_id is distinct from j.id
                          when 'payout-paid' then p.state <> 'Paid'
                          else p.state <> 'Returned' end)
    union all
    select format('%s: %s is on its way, payouts say %s', a.currency, b.credits - b.debits, o.amount)
    from billing.account a
    join billing.balances(array(select id from billing.account where kind = 'transfer_transit')) b on b.account_id = a.id
    cross join lateral (
        select coalesce(sum(p.amount), 0) as amount from billing.payout p where p.currency = a.currency and p.state = 'Submitted'
    ) o
    where b.credits - b.debits <> o.amount
$$;
revoke execute on function billing.payout_moves(text, text), billing.check_payouts() from public;
grant execute on function billing.payout_moves(text, text), billing.check_payouts() to marketplace_app;
