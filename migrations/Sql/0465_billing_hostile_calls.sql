-- What the posting functions still took from the application's role and must not, and the order in which journals are written (ADR 0072).

create or replace function billing.post(
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
    -- 0. Lists that fit together. A leg of no journal would be left out below and still be counted into its accounts' balances.
    if not coalesce(
        cardinality(account_kinds) = all (array[cardinality(account_qualifiers), cardinality(account_currencies)])
        and cardinality(journal_ids) = all (array[
            cardinality(journal_kinds), cardinality(journal_sources), cardinality(journal_keys), cardinality(journal_hashes),
            cardinality(journal_effective), cardinality(journal_groups), cardinality(journal_reverses), cardinality(journal_actors),
            cardinality(journal_reasons)])
        and cardinality(leg_journals) = all (array[
            cardinality(leg_debits), cardinality(leg_credits), cardinality(leg_amounts), cardinality(leg_holds)])
        and not exists (
            select from unnest(leg_journals, leg_debits, leg_credits) l (journal, debit, credit)
            where not coalesce(l.journal between 1 and cardinality(journal_ids)
                               and l.debit between 1 and cardinality(account_kinds)
                               and l.credit between 1 and cardinality(account_kinds), false)),
        false)
    then
        raise exception 'the lists of a posting do not fit together' using errcode = 'LG006';
    end if;

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
        -- Two calls with the same keys in another order wait for each other's rows: in one order, neither waits for both.
        order by j.source, j.idem_key, j.ord
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

-- As before; the same for one journal by itself.
create or replace function billing.post_one(
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

-- A hold that is opened for an amount has been filled with it when its transaction commits.
create function billing.check_hold() returns trigger language plpgsql as $$
declare
    put_in bigint;
begin
    select h.amount into put_in from billing.hold h where h.id = new.id;
    if put_in < new.opened_amount then
        raise exception 'hold % was opened for % micro-units and % are in it', new.reference, new.opened_amount, put_in using errcode = 'LG003';
    end if;
    return null;
end
$$;
revoke execute on function billing.check_hold() from public;
create constraint trigger hold_filled after insert on billing.hold
    deferrable initially deferred for each row when (new.opened_amount > 0) execute function billing.check_hold();

-- As before; closing never ends the business: books that are closed for ever could not be opened again.
create or replace function billing.close_through(moment timestamptz) returns void
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    if not coalesce(isfinite(moment), false) then
        raise exception 'the books are closed through a moment, not %', moment using errcode = 'LG004';
    end if;
    perform pg_advisory_xact_lock(hashtext('billing.close'));
    update ledger_clock set closed_through = greatest(closed_through, moment);
end
$$;
