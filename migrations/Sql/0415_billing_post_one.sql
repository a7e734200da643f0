-- One journal by itself, which is most of what is posted outside of metering. It writes exactly what billing.post writes for one journal
-- (a property compares the two) with plain statements instead of sets, at less than half the cost; the guards are the same triggers.
-- Plans are generic: what an array holds does not change the way to its rows, and planning anew would cost more than running.
create function billing.post_one(
    account_kinds text[], account_qualifiers text[], account_currencies text[],
    journal_id text, journal_kind text, journal_source text, journal_key text, journal_hash bytea, journal_effective timestamptz,
    journal_group text, journal_reverses text, journal_actor text, journal_reason text,
    leg_debits integer[], leg_credits integer[], leg_amounts bigint[], leg_holds text[]
) returns table (posted_ordinal integer, posted_journal text, posted_status text)
language plpgsql security definer set search_path = billing, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    this_xid bigint := billing.current_xid();
    closed timestamptz;
    account_ids bigint[];
    spends boolean[];
    legs integer := coalesce(cardinality(leg_amounts), 0);
    total bigint := 0;
    debited bigint;
    credited bigint;
    hold_reference text;
    put_in bigint;
    promo bigint;
    available bigint;
    used bigint;
    debit_kind text;
    credit_kind text;
begin
    -- Shared with other postings, exclusive for closing a period.
    perform pg_advisory_xact_lock_shared(hashtext('billing.close'));
    select c.closed_through into closed from ledger_clock c;
    if journal_effective < closed then
        raise exception 'the books are closed through %: a correction is effective in the open period', closed using errcode = 'LG004';
    end if;

    -- 1. The accounts; made where missing, which is once in an account's life.
    for attempt in 1..2 loop
        select array_agg(a.id order by w.ord), array_agg(a.authorising order by w.ord) into account_ids, spends
        from unnest(account_kinds, account_qualifiers, account_currencies) with ordinality w (kind, qualifier, currency, ord)
        left join account a on a.kind = w.kind and a.qualifier = w.qualifier and a.currency = w.currency;
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
    perform from account a where a.authorising and a.id = any (account_ids) order by a.id for no key update;

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
    insert into leg (journal_id, line, debit_account, credit_account, amount, xid, hold_id)
    select journal_id, l.ord, account_ids[l.debit], account_ids[l.credit], l.amount, this_xid,
           case when l.hold is not null then (select h.id from hold h where h.reference = l.hold) end
    from unnest(leg_debits, leg_credits, leg_amounts, leg_holds) with ordinality l (debit, credit, amount, hold, ord);

    -- 5. One update per spending account.
    for a in 1..cardinality(account_ids) loop
        continue when not spends[a];
        debited := 0;
        credited := 0;
        for i in 1..legs loop
            if leg_debits[i] = a then
                debited := debited + leg_amounts[i];
            end if;
            if leg_credits[i] = a then
                credited := credited + leg_amounts[i];
            end if;
        end loop;
        update account set debits = debits + debited, credits = credits + credited, version = version + 1 where id = account_ids[a];
    end loop;

    -- 6. One update per hold. Promotional credit is used first; what goes back says by its target where it belongs.
    if exists (select from unnest(leg_holds) h where h is not null) then
        for hold_reference in select distinct h from unnest(leg_holds) h where h is not null loop
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
    end if;
    return query select 1, journal_id, 'posted';
end
$$;

-- The triggers that every posting meets have one plan each, whatever they are asked.
alter function billing.check_legs() set plan_cache_mode = force_generic_plan;
alter function billing.check_journal() set plan_cache_mode = force_generic_plan;

revoke execute on function billing.post_one(
    text[], text[], text[], text, text, text, text, bytea, timestamptz, text, text, text, text, integer[], integer[], bigint[], text[])
    from public;
grant execute on function billing.post_one(
    text[], text[], text[], text, text, text, text, bytea, timestamptz, text, text, text, text, integer[], integer[], bigint[], text[])
    to marketplace_app;
