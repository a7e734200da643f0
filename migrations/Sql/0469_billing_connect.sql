-- What a payment is never changes, and its state follows the table; payouts go to accounts at the processor as well as to bank accounts.

create function billing.payment_moves(from_state text, to_state text) returns boolean language sql immutable as $$
    select (from_state, to_state) in (
        ('Created', 'Processing'), ('Created', 'RequiresAction'), ('Created', 'Succeeded'), ('Created', 'Failed'), ('Created', 'Canceled'),
        ('Processing', 'RequiresAction'), ('Processing', 'Succeeded'), ('Processing', 'Failed'), ('Processing', 'Canceled'),
        ('RequiresAction', 'Processing'), ('RequiresAction', 'Succeeded'), ('RequiresAction', 'Failed'), ('RequiresAction', 'Canceled'),
        ('Succeeded', 'PartiallyRefunded'), ('Succeeded', 'Refunded'), ('Succeeded', 'Disputed'),
        ('PartiallyRefunded', 'Succeeded'), ('PartiallyRefunded', 'Refunded'), ('PartiallyRefunded', 'Disputed'),
        ('Refunded', 'Succeeded'), ('Refunded', 'PartiallyRefunded'), ('Refunded', 'Disputed'),
        ('Disputed', 'Succeeded'), ('Disputed', 'PartiallyRefunded'), ('Disputed', 'Refunded'), ('Disputed', 'ChargedBack'))
$$;

create function billing.check_payment_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'Created' then
            raise exception 'payment % cannot begin as %', new.id, new.state using errcode = 'LG006';
        end if;
        return new;
    end if;
    if new.state <> old.state and not billing.payment_moves(old.state, new.state) then
        raise exception 'payment % cannot go from % to %', new.id, old.state, new.state using errcode = 'LG006';
    end if;
    -- Whose it is, how much, under which key, what for and with whom is settled when it begins; what its provider calls it, once that is known.
    if (old.id, old.party_id, old.idempotency_key, old.amount, old.currency, old.purpose, old.invoice_id, old.automatic, old.provider,
        old.method, old.created_at)
       is distinct from
       (new.id, new.party_id, new.idempotency_key, new.amount, new.currency, new.purpose, new.invoice_id, new.automatic, new.provider,
        new.method, new.created_at)
       or (old.provider_reference is not null and old.provider_reference is distinct from new.provider_reference)
       or (old.charge_reference is not null and old.charge_reference is distinct from new.charge_reference)
       or (old.state not in ('Created', 'Processing', 'RequiresAction') and old.fee <> new.fee) then
        raise exception 'payment % does not change like this in state %', new.id, old.state using errcode = 'LG006';
    end if;
    return new;
end
$$;
create trigger payment_moves before insert or update on billing.payment for each row execute function billing.check_payment_move();
create trigger payment_kept before delete on billing.payment for each row execute function billing.refuse_change();
create trigger payment_not_emptied before truncate on billing.payment for each statement execute function billing.refuse_change();

alter table billing.connect_account
    add column country text not null default '' check (country ~ '^([A-Z]{2})?$'),
    add column charges_enabled boolean not null default false,
    -- Whether it may be sent money: the capability that payouts to it need.
    add column transfers_active boolean not null default false,
    -- The processor's code for why it is stopped.
    add column disabled_reason text,
    -- The currency whose payouts go there as soon as it can be paid; null when that is done.
    add column wanted_currency text check (wanted_currency ~ '^[A-Z]{3}$'),
    add column started_by text not null default '',
    add column attempt integer not null default 1;

-- Whose account it is does not change, nor which.
create trigger connect_account_fixed before update on billing.connect_account for each row
    when (old.party_id <> new.party_id or (old.reference is not null and old.reference is distinct from new.reference))
    execute function billing.refuse_change();

-- null for a bank account.
alter table billing.payout_destination add column connect_account text references billing.connect_account (reference);

-- Which attempt is under way: the processor keeps an error under its key, so another try needs another key.
alter table billing.payout add column attempt integer not null default 1;

-- A transfer within the processor can be taken back after it has arrived; what our bank has paid cannot.
create or replace function billing.payout_moves(from_state text, to_state text) returns boolean language sql immutable as $$
    select (from_state, to_state) in (
        ('Accrued', 'Held'), ('Accrued', 'Eligible'),
        ('Held', 'Eligible'),
        ('Eligible', 'Held'), ('Eligible', 'Approved'),
        ('Approved', 'Held'), ('Approved', 'Submitted'),
        ('Submitted', 'Paid'), ('Submitted', 'Returned'),
        ('Paid', 'Returned'))
$$;

create or replace function billing.check_payout_move() returns trigger language plpgsql as $$
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
    if old.state = 'Returned'
       or (old.state = 'Paid' and (new.state <> 'Returned' or old.provider <> 'stripe'))
       or (old.id, old.party_id, old.role, old.currency, old.due_on, old.created_at)
          is distinct from (new.id, new.party_id, new.role, new.currency, new.due_on, new.created_at)
       -- What was approved is what is paid, and to where it was approved.
       or (old.state not in ('Accrued', 'Held') and (old.amount, old.destination_id, old.two_person)
           is distinct from (new.amount, new.destination_id, new.two_person))
       or (old.journal_id is not null and (old.journal_id, old.provider, old.submitted_at, old.approved_by)
           is distinct from (new.journal_id, new.provider, new.submitted_at, new.approved_by))
       or (old.provider_reference is not null and old.provider_reference is distinct from new.provider_reference)
       or (old.file_id is not null and old.file_id is distinct from new.file_id) then
        raise exception 'payout % does not change like this in state %', new.id, old.state using errcode = 'LG006';
    end if;
    return new;
end
$$;

-- One transfer is one payout.
create unique index payout_of_stripe on billing.payout (provider_reference) where provider = 'stripe' and provider_reference is not null;

-- As before, and a payout that was paid and taken back has both journals reversed.
create or replace function billing.check_payouts() returns table (break text) language sql stable as $$
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
                          when 'payout-paid' then (p.state = 'Returned') <> exists (select from billing.journal r where r.reverses_id = j.id)
                                                  or p.state not in ('Paid', 'Returned')
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

revoke execute on function billing.payment_moves(text, text) from public;
grant execute on function billing.payment_moves(text, text) to marketplace_app;
