-- The ledger: double entry that the database itself keeps right. Each guard, and why it is where it is:
--  * A leg names both its sides, so an unbalanced row cannot be written down.
--  * The application role reads these tables and executes the functions below; it has no right to write a row itself.
--  * Whoever holds more rights (the owner, a repair script) still meets the triggers.
select platform.open_to_application('billing');

-- The chart of accounts. 'authorising' accounts (a customer's money) carry a stored balance with a floor; they are locked when they move.
-- The others only record: nothing but legs is written, so that a busy center or the commission account is never a hot row.
create table billing.account_kind (
    kind text primary key,
    class text not null check (class in ('asset', 'liability', 'income', 'expense')),
    owner text not null check (owner in ('party', 'jurisdiction', 'network')),
    authorising boolean not null,
    constraint account_kind_authorising check (not authorising or class = 'liability')
);
insert into billing.account_kind (kind, class, owner, authorising) values
    ('psp', 'asset', 'network', false),
    ('unbilled', 'asset', 'party', false),
    ('receivable', 'asset', 'party', false),
    ('customer.available', 'liability', 'party', true),
    ('customer.promo', 'liability', 'party', true),
    ('customer.held', 'liability', 'party', true),
    ('center.pending', 'liability', 'party', false),
    ('center.payable', 'liability', 'party', false),
    ('operator.pending', 'liability', 'party', false),
    ('operator.payable', 'liability', 'party', false),
    ('tax', 'liability', 'jurisdiction', false),
    ('commission', 'income', 'network', false),
    ('psp_fee', 'expense', 'network', false),
    ('promo', 'expense', 'network', false),
    ('rounding', 'expense', 'network', false);

create table billing.account (
    id bigint generated always as identity primary key,
    kind text not null references billing.account_kind,
    qualifier text not null,
    party_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    code text not null generated always as (kind || case when qualifier = '' then '' else ':' || qualifier end) stored,
    class text not null,
    authorising boolean not null,
    floor bigint not null default 0,
    debits bigint not null default 0 check (debits >= 0),
    credits bigint not null default 0 check (credits >= 0),
    version bigint not null default 0,
    unique (kind, qualifier, currency),
    constraint account_party check (party_id in ('', qualifier)),
    constraint account_floor check (not authorising or credits - debits >= floor)
) with (fillfactor = 70);
create index account_of_party on billing.account (party_id) where party_id <> '';

create table billing.journal (
    id text primary key,
    kind text not null,
    source text not null,
    idem_key text not null,
    request_hash bytea not null,
    effective_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    -- The transaction that wrote it: legs may be added by the same one only, and balance snapshots are taken up to one.
    xid bigint not null,
    reverses_id text references billing.journal,
    group_id text,
    actor text not null,
    reason text not null,
    leg_count integer not null check (leg_count > 0),
    total bigint not null check (total > 0),
    unique (source, idem_key)
);
create unique index journal_reversed_once on billing.journal (reverses_id) where reverses_id is not null;
create index journal_recent on billing.journal (xid);
create index journal_group on billing.journal (group_id, xid) where group_id is not null;

create table billing.hold (
    id bigint generated always as identity primary key,
    reference text not null unique,
    account_id bigint not null references billing.account,
    party_id text not null,
    currency text not null,
    -- What it was opened with, which tells a repetition from another request.
    opened_amount bigint not null check (opened_amount >= 0),
    -- What was ever put in, and what is left of each source: the rest goes back where it came from.
    amount bigint not null default 0 check (amount >= 0),
    promo_remaining bigint not null default 0,
    available_remaining bigint not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz,
    resolved_at timestamptz,
    constraint hold_remaining check (promo_remaining >= 0 and available_remaining >= 0),
    constraint hold_resolved_empty check (resolved_at is null or promo_remaining + available_remaining = 0)
) with (fillfactor = 70);
create index hold_of_party on billing.hold (party_id, currency);
create index hold_expiring on billing.hold (expires_at) where resolved_at is null and expires_at is not null;

-- No foreign keys: one set-wise trigger checks both accounts, the journal and the hold of all new legs at once, for a tenth of the cost,
-- and rows that are referred to cannot be deleted.
create table billing.leg (
    journal_id text not null,
    line smallint not null,
    debit_account bigint not null,
    credit_account bigint not null,
    amount bigint not null,
    xid bigint not null,
    hold_id bigint,
    primary key (journal_id, line),
    constraint leg_amount check (amount > 0),
    constraint leg_sides check (debit_account <> credit_account)
);
create index leg_debit on billing.leg (debit_account, xid);
create index leg_credit on billing.leg (credit_account, xid);

create table billing.balance_snapshot (
    account_id bigint primary key references billing.account,
    debits bigint not null,
    credits bigint not null
);

-- One row: how far snapshots reach, and up to when the books are closed.
create table billing.ledger_clock (
    only_row boolean primary key default true check (only_row),
    snapshot_horizon bigint not null,
    closed_through timestamptz not null
);
insert into billing.ledger_clock (snapshot_horizon, closed_through) values (0, '-infinity');

revoke insert, update, delete on
    billing.account_kind, billing.account, billing.journal, billing.leg, billing.hold, billing.balance_snapshot, billing.ledger_clock
    from marketplace_app;

-- ---------------------------------------------------------------------------------------------------------------- guards

create function billing.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% is refused: rows of the books never change; write a correction instead', tg_op, tg_table_schema, tg_table_name
        using errcode = 'LG001';
end
$$;

create trigger journal_immutable before update or delete on billing.journal for each row execute function billing.refuse_change();
create trigger journal_kept before truncate on billing.journal for each statement execute function billing.refuse_change();
create trigger leg_immutable before update or delete on billing.leg for each row execute function billing.refuse_change();
create trigger leg_kept before truncate on billing.leg for each statement execute function billing.refuse_change();
create trigger account_kept before delete on billing.account for each row execute function billing.refuse_change();
create trigger account_not_emptied before truncate on billing.account for each statement execute function billing.refuse_change();
create trigger hold_kept before delete on billing.hold for each row execute function billing.refuse_change();
create trigger hold_not_emptied before truncate on billing.hold for each statement execute function billing.refuse_change();

-- An account keeps its name and its totals only grow.
create trigger account_identity before update on billing.account for each row
    when (old.kind <> new.kind or old.qualifier <> new.qualifier or old.party_id <> new.party_id or old.currency <> new.currency
          or old.class <> new.class or old.authorising <> new.authorising or new.debits < old.debits or new.credits < old.credits)
    execute function billing.refuse_change();

-- A hold is resolved once, and never moves afterwards.
create trigger hold_resolved_once before update on billing.hold for each row
    when (old.resolved_at is not null or old.reference <> new.reference or old.account_id <> new.account_id)
    execute function billing.refuse_change();

create function billing.current_xid() returns bigint language sql volatile as $$ select pg_current_xact_id()::text::bigint $$;

create function billing.check_legs() returns trigger language plpgsql as $$
declare
    this_xid bigint := billing.current_xid();
    wrong_journal text;
    why text;
begin
    select l.journal_id,
           case
               when j.id is null then 'there is no such journal'
               when j.xid <> this_xid or l.xid <> this_xid then 'the journal was written by another transaction'
               when d.id is null or c.id is null then 'there is no such account'
               when d.currency <> c.currency then 'its sides have different currencies'
               else 'held money moves only under the hold it belongs to'
           end
    into wrong_journal, why
    from new_legs l
    left join billing.journal j on j.id = l.journal_id
    left join billing.account d on d.id = l.debit_account
    left join billing.account c on c.id = l.credit_account
    left join billing.hold h on h.id = l.hold_id
    where j.id is null
       or j.xid <> this_xid
       or l.xid <> this_xid
       or d.id is null
       or c.id is null
       or d.currency <> c.currency
       or h.account_id is distinct from
          case when d.kind = 'customer.held' then d.id when c.kind = 'customer.held' then c.id end
    limit 1;
    if found then
        raise exception 'a leg of journal % is refused: %', wrong_journal, why using errcode = 'LG002';
    end if;
    return null;
end
$$;
create trigger leg_checked after insert on billing.leg referencing new table as new_legs
    for each statement execute function billing.check_legs();

create function billing.check_journal() returns trigger language plpgsql as $$
declare
    legs integer;
    amount numeric;
begin
    select count(*), coalesce(sum(l.amount), 0) into legs, amount from billing.leg l where l.journal_id = new.id;
    if legs <> new.leg_count or amount <> new.total then
        raise exception 'journal % is incomplete: % legs of %, % of % micro-units', new.id, legs, new.leg_count, amount, new.total
            using errcode = 'LG003';
    end if;
    return null;
end
$$;
create constraint trigger journal_complete after insert on billing.journal
    deferrable initially deferred for each row execute function billing.check_journal();

-- ---------------------------------------------------------------------------------------------------------------- functions

-- Locks a customer's accounts in one currency, always in id order, making them first if need be; returns what is in them.
create function billing.lock_wallet(wallet_party text, wallet_currency text) returns table (wallet_kind text, wallet_micros bigint)
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    insert into account (kind, qualifier, party_id, currency, class, authorising)
    select k.kind, wallet_party, wallet_party, wallet_currency, k.class, k.authorising
    from account_kind k
    where k.kind like 'customer.%'
      and not exists (select from account a where a.kind = k.kind and a.qualifier = wallet_party and a.currency = wallet_currency)
    order by k.kind
    on conflict do nothing;
    return query
        select a.kind, a.credits - a.debits
        from account a
        where a.qualifier = wallet_party and a.currency = wallet_currency and a.authorising
        order by a.id
        for no key update;
end
$$;

-- Opens an empty hold; money is put in by a posting that names it. Opening it twice is fine.
create function billing.open_hold(
    hold_reference text, hold_party text, hold_currency text, first_amount bigint, opened timestamptz, expires timestamptz
) returns void
language sql security definer set search_path = billing, pg_temp as $$
    insert into hold (reference, account_id, party_id, currency, opened_amount, created_at, expires_at)
    select hold_reference, a.id, hold_party, hold_currency, first_amount, opened, expires
    from account a
    where a.kind = 'customer.held' and a.qualifier = hold_party and a.currency = hold_currency
    on conflict (reference) do nothing
$$;

-- Locks holds and the accounts they are in, in id order.
create function billing.lock_holds(hold_references text[])
returns table (held_reference text, held_promo bigint, held_available bigint, held_amount bigint, held_resolved boolean)
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    perform from account a
    where a.id in (select h.account_id from hold h where h.reference = any (hold_references))
    order by a.id for no key update;
    return query
        select h.reference, h.promo_remaining, h.available_remaining, h.amount, h.resolved_at is not null
        from hold h
        where h.reference = any (hold_references)
        order by h.id
        for update;
end
$$;

-- Closes an empty hold for good. Resolving it again changes nothing.
create function billing.resolve_hold(hold_reference text, resolved timestamptz) returns void
language sql security definer set search_path = billing, pg_temp as $$
    update hold set resolved_at = resolved where reference = hold_reference and resolved_at is null
$$;

-- The only way to write journals and legs. Each journal is posted once per (source, key): a repetition with the same hash is a 'duplicate'
-- and changes nothing, another hash is a 'conflict'. One call is one round trip for any number of journals.
create function billing.post(
    account_kinds text[], account_qualifiers text[], account_currencies text[],
    journal_ids text[], journal_kinds text[], journal_sources text[], journal_keys text[], journal_hashes bytea[],
    journal_effective timestamptz[], journal_groups text[], journal_reverses text[], journal_actors text[], journal_reasons text[],
    leg_journals integer[], leg_debits integer[], leg_credits integer[], leg_amounts bigint[], leg_holds text[]
) returns table (posted_ordinal integer, posted_journal text, posted_status text)
language plpgsql security definer set search_path = billing, pg_temp as $$
declare
    this_xid bigint := billing.current_xid();
    closed timestamptz;
    account_ids bigint[];
    fresh integer[];
    -- Almost always true, and then nothing is looked up in 'fresh' leg by leg.
    all_fresh boolean;
begin
    -- Shared with other postings, exclusive for closing a period: nobody posts into a month while it closes.
    perform pg_advisory_xact_lock_shared(hashtext('billing.close'));
    select c.closed_through into closed from ledger_clock c;
    if exists (select from unnest(journal_effective) e where e < closed) then
        raise exception 'the books are closed through %: a correction is effective in the open period', closed using errcode = 'LG004';
    end if;

    -- 1. The accounts, made where missing.
    insert into account (kind, qualifier, party_id, currency, class, authorising)
    select distinct on (w.kind, w.qualifier, w.currency)
           w.kind, w.qualifier, case when k.owner = 'party' then w.qualifier else '' end, w.currency, k.class, k.authorising
    from unnest(account_kinds, account_qualifiers, account_currencies) w (kind, qualifier, currency)
    join account_kind k on k.kind = w.kind and (k.owner = 'network') = (w.qualifier = '')
    where not exists (select from account a where a.kind = w.kind and a.qualifier = w.qualifier and a.currency = w.currency)
    order by w.kind, w.qualifier, w.currency
    on conflict do nothing;
    select array_agg(a.id order by w.ord) into account_ids
    from unnest(account_kinds, account_qualifiers, account_currencies) with ordinality w (kind, qualifier, currency, ord)
    left join account a on a.kind = w.kind and a.qualifier = w.qualifier and a.currency = w.currency;
    if array_position(account_ids, null) is not null then
        raise exception 'the chart of accounts has no %', account_kinds[array_position(account_ids, null)] using errcode = 'LG005';
    end if;

    -- 2. Whoever spends is locked, in id order, before anything else is waited for.
    perform from account a where a.authorising and a.id = any (account_ids) order by a.id for no key update;

    -- 3. The journals that are new.
    with sums as (
        select l.journal, count(*)::integer as legs, sum(l.amount)::bigint as total
        from unnest(leg_journals, leg_amounts) l (journal, amount)
        group by l.journal
    ),
    inserted as (
        insert into journal
            (id, kind, source, idem_key, request_hash, effective_at, xid, reverses_id, group_id, actor, reason, leg_count, total)
        select j.id, j.kind, j.source, j.idem_key, j.hash, j.effective, this_xid, j.reverses, j.grp, j.actor, j.reason, s.legs, s.total
        from unnest(journal_ids, journal_kinds, journal_sources, journal_keys, journal_hashes, journal_effective, journal_reverses,
                    journal_groups, journal_actors, journal_reasons)
             with ordinality j (id, kind, source, idem_key, hash, effective, reverses, grp, actor, reason, ord)
        left join sums s on s.journal = j.ord
        order by j.ord
        on conflict (source, idem_key) do nothing
        returning id
    )
    select coalesce(array_agg(j.ord::integer), '{}') into fresh
    from inserted i
    join unnest(journal_ids) with ordinality j (id, ord) on j.id = i.id;

    all_fresh := cardinality(fresh) = cardinality(journal_ids);

    if cardinality(fresh) > 0 then
        -- 4. Their legs.
        insert into leg (journal_id, line, debit_account, credit_account, amount, xid, hold_id)
        select j.id, row_number() over (partition by l.journal order by l.ord), account_ids[l.debit], account_ids[l.credit],
               l.amount, this_xid, h.id
        from unnest(leg_journals, leg_debits, leg_credits, leg_amounts, leg_holds)
             with ordinality l (journal, debit, credit, amount, hold, ord)
        join unnest(journal_ids) with ordinality j (id, ord) on j.ord = l.journal
        left join hold h on h.reference = l.hold
        where all_fresh or l.journal = any (fresh);

        -- 5. One update per spending account.
        update account a
        set debits = a.debits + d.debit, credits = a.credits + d.credit, version = a.version + 1
        from (
            select m.account, sum(m.debit)::bigint as debit, sum(m.credit)::bigint as credit
            from (
                select account_ids[l.debit] as account, l.amount as debit, 0 as credit
                from unnest(leg_journals, leg_debits, leg_amounts) l (journal, debit, amount)
                where all_fresh or l.journal = any (fresh)
                union all
                select account_ids[l.credit], 0, l.amount
                from unnest(leg_journals, leg_credits, leg_amounts) l (journal, credit, amount)
                where all_fresh or l.journal = any (fresh)
            ) m
            group by m.account
        ) d
        where a.id = d.account and a.authorising;

        -- 6. One update per hold. Promotional credit is used first; what goes back says by its target where it belongs.
        if exists (select from unnest(leg_holds) h where h is not null) then
            update hold h
            set amount = h.amount + m.put_in,
                promo_remaining = h.promo_remaining + m.promo - least(h.promo_remaining + m.promo, m.used),
                available_remaining = h.available_remaining + m.available - (m.used - least(h.promo_remaining + m.promo, m.used))
            from (
                select l.hold,
                       coalesce(sum(l.amount) filter (where c.kind = 'customer.held'), 0)::bigint as put_in,
                       (coalesce(sum(l.amount) filter (where d.kind = 'customer.promo'), 0)
                        - coalesce(sum(l.amount) filter (where c.kind = 'customer.promo'), 0))::bigint as promo,
                       (coalesce(sum(l.amount) filter (where c.kind = 'customer.held' and d.kind <> 'customer.promo'), 0)
                        - coalesce(sum(l.amount) filter (where c.kind = 'customer.available'), 0))::bigint as available,
                       coalesce(sum(l.amount) filter (
                           where d.kind = 'customer.held' and c.kind not in ('customer.promo', 'customer.available')), 0)::bigint as used
                from unnest(leg_journals, leg_debits, leg_credits, leg_amounts, leg_holds) l (journal, debit, credit, amount, hold)
                join account d on d.id = account_ids[l.debit]
                join account c on c.id = account_ids[l.credit]
                where l.hold is not null and (all_fresh or l.journal = any (fresh))
                group by l.hold
            ) m
            where h.reference = m.hold;
        end if;
    end if;

    return query
        select j.ord::integer, e.id,
               case when all_fresh or j.ord = any (fresh) then 'posted' when e.request_hash = j.hash then 'duplicate' else 'conflict' end
        from unnest(journal_sources, journal_keys, journal_hashes) with ordinality j (source, idem_key, hash, ord)
        join journal e on e.source = j.source and e.idem_key = j.idem_key
        order by j.ord;
end
$$;

-- Balances of any accounts at this moment: stored for spending accounts, snapshot plus what came after it for recording ones.
create function billing.balances(of_accounts bigint[]) returns table (account_id bigint, debits bigint, credits bigint)
language sql stable as $$
    select a.id,
           case when a.authorising then a.debits
                else coalesce(s.debits, 0) + (select coalesce(sum(l.amount), 0)::bigint from billing.leg l
                                              where l.debit_account = a.id and l.xid >= c.snapshot_horizon) end,
           case when a.authorising then a.credits
                else coalesce(s.credits, 0) + (select coalesce(sum(l.amount), 0)::bigint from billing.leg l
                                               where l.credit_account = a.id and l.xid >= c.snapshot_horizon) end
    from billing.account a
    cross join billing.ledger_clock c
    left join billing.balance_snapshot s on s.account_id = a.id
    where a.id = any (of_accounts)
$$;

-- Moves the snapshot forward to the oldest transaction that is still running: everything before it is decided for good.
create function billing.take_snapshot() returns bigint
language plpgsql security definer set search_path = billing, pg_temp as $$
declare
    old_horizon bigint;
    new_horizon bigint;
begin
    select c.snapshot_horizon into old_horizon from ledger_clock c for update;
    new_horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    if new_horizon <= old_horizon then
        return old_horizon;
    end if;
    insert into balance_snapshot as s (account_id, debits, credits)
    select m.account, sum(m.debit)::bigint, sum(m.credit)::bigint
    from (
        select l.debit_account as account, l.amount as debit, 0 as credit
        from journal j join leg l on l.journal_id = j.id
        where j.xid >= old_horizon and j.xid < new_horizon
        union all
        select l.credit_account, 0, l.amount
        from journal j join leg l on l.journal_id = j.id
        where j.xid >= old_horizon and j.xid < new_horizon
    ) m
    join account a on a.id = m.account and not a.authorising
    group by m.account
    on conflict (account_id) do update set debits = s.debits + excluded.debits, credits = s.credits + excluded.credits;
    update ledger_clock set snapshot_horizon = new_horizon;
    return new_horizon;
end
$$;

-- Closes the books through a moment; later postings are effective after it. Never reopens.
create function billing.close_through(moment timestamptz) returns void
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('billing.close'));
    update ledger_clock set closed_through = greatest(closed_through, moment);
end
$$;

-- Every way the books could be wrong, one row each; none when they are right. One statement, so one moment.
create function billing.check_ledger() returns table (break text) language sql stable as $$
    select format('journal %s is incomplete', j.id)
    from billing.journal j
    left join lateral (select count(*) as legs, sum(l.amount) as total from billing.leg l where l.journal_id = j.id) l on true
    where l.legs <> j.leg_count or l.total is distinct from j.total
    union all
    select format('a leg of %s has no journal', l.journal_id)
    from billing.leg l where not exists (select from billing.journal j where j.id = l.journal_id)
    union all
    select format('a leg of %s crosses currencies', l.journal_id)
    from billing.leg l
    left join billing.account d on d.id = l.debit_account
    left join billing.account c on c.id = l.credit_account
    where d.currency is distinct from c.currency
    union all
    select format('account %s %s stores %s/%s, its legs say %s/%s', a.code, a.currency, b.debits, b.credits, m.debits, m.credits)
    from billing.account a
    join billing.balances(array(select id from billing.account)) b on b.account_id = a.id
    join lateral (
        select (select coalesce(sum(l.amount), 0) from billing.leg l where l.debit_account = a.id) as debits,
               (select coalesce(sum(l.amount), 0) from billing.leg l where l.credit_account = a.id) as credits
    ) m on true
    where b.debits <> m.debits or b.credits <> m.credits
    union all
    select format('account %s %s is below its floor', a.code, a.currency)
    from billing.account a where a.authorising and a.credits - a.debits < a.floor
    union all
    select format('hold %s stores %s, its legs say %s', h.reference, h.promo_remaining + h.available_remaining, coalesce(m.remaining, 0))
    from billing.hold h
    left join (
        select l.hold_id, sum(case when c.kind = 'customer.held' then l.amount else -l.amount end) as remaining
        from billing.leg l join billing.account c on c.id = l.credit_account
        where l.hold_id is not null
        group by l.hold_id
    ) m on m.hold_id = h.id
    where coalesce(m.remaining, 0) <> h.promo_remaining + h.available_remaining
    union all
    select format('account %s %s differs from its holds', a.code, a.currency)
    from billing.account a
    where a.kind = 'customer.held'
      and a.credits - a.debits
          <> (select coalesce(sum(h.promo_remaining + h.available_remaining), 0) from billing.hold h where h.account_id = a.id)
    union all
    -- Transaction numbers start again in a database restored from a dump: the snapshots must then be taken anew.
    select 'the balance snapshot lies in the future: empty billing.balance_snapshot and set ledger_clock.snapshot_horizon to 0'
    from billing.ledger_clock c
    where c.snapshot_horizon > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
$$;

revoke execute on all functions in schema billing from public;
grant execute on function
    billing.current_xid(), billing.lock_wallet(text, text), billing.open_hold(text, text, text, bigint, timestamptz, timestamptz),
    billing.lock_holds(text[]), billing.resolve_hold(text, timestamptz),
    billing.post(text[], text[], text[], text[], text[], text[], text[], bytea[], timestamptz[], text[], text[], text[], text[],
                 integer[], integer[], integer[], bigint[], text[]),
    billing.balances(bigint[]), billing.take_snapshot(), billing.close_through(timestamptz), billing.check_ledger()
    to marketplace_app;
