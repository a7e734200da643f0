-- One journal by itself, with fewer statements: the ledger's clock is read once, who spends is known from locking them, and each hold is looked up once.
create or replace function billing.post_one(
    account_kinds text[], account_qualifiers text[], account_currencies text[],
    journal_id text, journal_kind text, journal_source text, journal_key text, journal_hash bytea, journal_effective timestamptz,
    journal_group text, journal_reverses text, journal_actor text, journal_reason text,
    leg_debits integer[], leg_credits integer[], leg_amounts bigint[], leg_holds text[]
) returns table (posted_ordinal integer, posted_journal text, posted_status text)
language plpgsql security definer set search_path = billing, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    this_xid bigint;
    closed timestamptz;
    account_ids bigint[];
    spenders bigint[];
    spender bigint;
    legs integer := coalesce(cardinality(leg_amounts), 0);
    total bigint := 0;
    debit_ids bigint[] := '{}';
    credit_ids bigint[] := '{}';
    hold_ids bigint[] := '{}';
    holds text[] := '{}';
    hold_reference text;
    hold_id bigint;
    debited bigint;
    credited bigint;
    put_in bigint;
    promo bigint;
    available bigint;
    used bigint;
    debit_kind text;
    credit_kind text;
begin
    -- 0. Lists that fit together and are counted from one: a leg is looked up by its number below, and one that is not found there would be
    -- written and not counted into its accounts' balances.
    if not coalesce(
        cardinality(account_qualifiers) = cardinality(account_kinds) and cardinality(account_currencies) = cardinality(account_kinds)
        -- Empty lists have no bounds; a journal without legs is refused by its own check.
        and coalesce(array_lower(account_kinds, 1), 1) = 1 and coalesce(array_lower(leg_debits, 1), 1) = 1
        and coalesce(array_lower(leg_credits, 1), 1) = 1 and coalesce(array_lower(leg_amounts, 1), 1) = 1
        and coalesce(array_lower(leg_holds, 1), 1) = 1 and coalesce(array_ndims(leg_amounts), 1) = 1
        and cardinality(leg_debits) = legs and cardinality(leg_credits) = legs and cardinality(leg_holds) = legs,
        false)
    then
        raise exception 'the lists of a posting do not fit together' using errcode = 'LG006';
    end if;

    -- Shared with other postings, exclusive for closing a period. What is closed is read after it, by another statement.
    perform pg_advisory_xact_lock_shared(hashtext('billing.close'));
    select pg_current_xact_id()::text::bigint + c.xid_offset, c.closed_through into this_xid, closed from ledger_clock c;
    if journal_effective < closed then
        raise exception 'the books are closed through %: a correction is effective in the open period', closed using errcode = 'LG004';
    end if;

    -- 1. The accounts; made where missing, which is once in an account's life.
    for attempt in 1..2 loop
        account_ids := array(
            select a.id
            from unnest(account_kinds, account_qualifiers, account_currencies) with ordinality w (kind, qualifier, currency, ord)
            left join account a on a.kind = w.kind and a.qualifier = w.qualifier and a.currency = w.currency
            order by w.ord);
        exit when array_position(account_ids, null) is null;
        if attempt = 2 then
            raise exception 'the chart of accounts has no %', account_kinds[array_position(account_ids, null)] using errcode = 'LG005';
        end if;
        insert into account (kind, qualifier, party_id, currency, class, authorising)
        select w.kind, w.qualifier, case when k.owner = 'party' then w.qualifier else '' end, w.currency, k.class, k.authorising
        from unnest(account_kinds, account_qualifiers, account_currencies) w (kind, qualifier, currency)
        join account_kind k on k.kind = w.kind and (k.owner = 'network') = (w.qualifier = '')
        where not exists (select from account a where a.kind = w.kind and a.qualifier = w.qualifier and a.currency = w.currency)
        order by w.kind, w.qualifier, w.currency
        on conflict do nothing;
    end loop;

    -- 2. Whoever spends is locked, in id order, before anything else is waited for.
    spenders := array(
        select l.id
        from (select a.id from account a where a.authorising and a.id = any (account_ids) order by a.id for no key update) l);

    -- 3. The journal, once per key.
    for i in 1..legs loop
        total := total + leg_amounts[i];
    end loop;
    insert into journal
        (id, kind, source, idem_key, request_hash, effective_at, xid, reverses_id, group_id, actor, reason, leg_count, total)
    values
        (journal_id, journal_kind, journal_source, journal_key, journal_hash, journal_effective, this_xid, journal_reverses, journal_group,
         journal_actor, journal_reason, legs, total)
    on conflict (source, idem_key) do nothing;
    if not found then
        return query
            select 1, e.id, case when e.request_hash = journal_hash then 'duplicate' else 'conflict' end
            from journal e where e.source = journal_source and e.idem_key = journal_key;
        return;
    end if;

    -- 4. Its legs.
    for i in 1..legs loop
        if leg_holds[i] is null then
            hold_ids[i] := null;
        else
            if leg_holds[i] is distinct from hold_reference then
                hold_reference := leg_holds[i];
                select h.id into hold_id from hold h where h.reference = hold_reference;
                if hold_reference <> all (holds) then
                    holds := holds || hold_reference;
                end if;
            end if;
            hold_ids[i] := hold_id;
        end if;
        debit_ids[i] := account_ids[leg_debits[i]];
        credit_ids[i] := account_ids[leg_credits[i]];
    end loop;
    insert into leg (journal_id, line, debit_account, credit_account, amount, xid, hold_id)
    select journal_id, l.ord, l.debit, l.credit, l.amount, this_xid, l.hold
    from unnest(debit_ids, credit_ids, leg_amounts, hold_ids) with ordinality l (debit, credit, amount, hold, ord);

    -- 5. One update per spending account.
    foreach spender in array spenders loop
        debited := 0;
        credited := 0;
        for i in 1..legs loop
            if debit_ids[i] = spender then
                debited := debited + leg_amounts[i];
            end if;
            if credit_ids[i] = spender then
                credited := credited + leg_amounts[i];
            end if;
        end loop;
        update account set debits = debits + debited, credits = credits + credited, version = version + 1 where id = spender;
    end loop;

    -- 6. One update per hold. Promotional credit is used first; what goes back says by its target where it belongs.
    foreach hold_reference in array holds loop
        put_in := 0;
        promo := 0;
        available := 0;
        used := 0;
        for i in 1..legs loop
            continue when leg_holds[i] is distinct from hold_reference;
            debit_kind := account_kinds[leg_debits[i]];
            credit_kind := account_kinds[leg_credits[i]];
            if credit_kind = 'customer.held' then
                put_in := put_in + leg_amounts[i];
                if debit_kind = 'customer.promo' then
                    promo := promo + leg_amounts[i];
                else
                    available := available + leg_amounts[i];
                end if;
            elsif credit_kind = 'customer.promo' then
                promo := promo - leg_amounts[i];
            elsif credit_kind = 'customer.available' then
                available := available - leg_amounts[i];
            else
                used := used + leg_amounts[i];
            end if;
        end loop;
        update hold h
        set amount = h.amount + put_in,
            promo_remaining = h.promo_remaining + promo - least(h.promo_remaining + promo, used),
            available_remaining = h.available_remaining + available - (used - least(h.promo_remaining + promo, used))
        where h.reference = hold_reference;
    end loop;
    return query select 1, journal_id, 'posted';
end
$$;

-- As before; the number of this transaction is read by a statement with a plan that stays, not by a function that is planned at every call.
create or replace function billing.check_legs() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
    this_xid bigint;
    wrong_journal text;
    why text;
begin
    select pg_current_xact_id()::text::bigint + c.xid_offset into this_xid from billing.ledger_clock c;
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
