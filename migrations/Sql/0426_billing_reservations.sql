-- Reservations: card-hours of a device model paid ahead, used before anything is charged, each card-second once (ADR 0062).

create table billing.reservation (
    id text primary key,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    offer_id text not null,
    description text not null,
    device_model text,
    currency text not null,
    -- In card-seconds. What is left is never below nothing or above what was bought, and grows only by a correction of what was used.
    quantity numeric(38,12) not null check (quantity > 0),
    remaining numeric(38,12) not null,
    -- What was paid, and how it divides once served: net = center + operator + commission.
    unit_price numeric(38,18) not null check (unit_price >= 0),
    net bigint not null check (net >= 0),
    tax bigint not null check (tax >= 0),
    center bigint not null,
    operator bigint not null,
    commission bigint not null,
    tax_jurisdiction text not null,
    -- What has passed the dispute window and become payable.
    center_due bigint not null default 0,
    operator_due bigint not null default 0,
    -- Through when draws were made payable: what was due stays due when a clock goes back.
    due_through timestamptz,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- When what was left at the end was earned unused.
    closed_at timestamptz,
    idempotency_key text not null,
    request_hash text not null,
    created_at timestamptz not null,
    constraint reservation_remaining check (remaining between 0 and quantity),
    constraint reservation_split check (net = center + operator + commission),
    constraint reservation_time check (ends_at > starts_at),
    constraint reservation_closed_empty check (closed_at is null or remaining = 0),
    unique (customer_id, idempotency_key)
);
create index reservation_customer on billing.reservation (customer_id, id);
create index reservation_operator on billing.reservation (operator_id, id);
create index reservation_center on billing.reservation (center_id, id);
create index reservation_open on billing.reservation (customer_id, operator_id, center_id, ends_at) where closed_at is null;
create index reservation_ending on billing.reservation (ends_at) where closed_at is null;

-- What was taken of a reservation, each time once: by a rated line, or unused at its end. Below zero what a corrected line gives back.
create table billing.reservation_draw (
    id text primary key,
    reservation_id text not null references billing.reservation,
    rated_line_id text unique references billing.rated_line,
    unused boolean not null,
    quantity numeric(38,12) not null check (quantity <> 0),
    journal_id text references billing.journal,
    drawn_at timestamptz not null,
    constraint reservation_draw_of check (unused = (rated_line_id is null)),
    constraint reservation_draw_unused check (quantity > 0 or not unused)
);
create index reservation_draw_reservation on billing.reservation_draw (reservation_id, drawn_at);

-- The application buys reservations and makes their earnings payable; what is left of one moves by a draw alone.
revoke update, delete on billing.reservation, billing.reservation_draw from marketplace_app;
revoke insert on billing.reservation_draw from marketplace_app;
grant update (center_due, operator_due, due_through) on billing.reservation to marketplace_app;

create trigger reservation_immutable before update on billing.reservation for each row
    when ((old.id, old.customer_id, old.operator_id, old.center_id, old.offer_id, old.description, old.currency, old.quantity, old.unit_price,
           old.net, old.tax, old.center, old.operator, old.commission, old.tax_jurisdiction, old.starts_at, old.ends_at, old.idempotency_key,
           old.request_hash, old.created_at)
          is distinct from
          (new.id, new.customer_id, new.operator_id, new.center_id, new.offer_id, new.description, new.currency, new.quantity, new.unit_price,
           new.net, new.tax, new.center, new.operator, new.commission, new.tax_jurisdiction, new.starts_at, new.ends_at, new.idempotency_key,
           new.request_hash, new.created_at)
          or old.device_model is distinct from new.device_model or new.remaining > old.remaining and old.closed_at is not null
          or old.closed_at is not null and new.closed_at is distinct from old.closed_at)
    execute function billing.refuse_change();
-- What is left grows only by what draws gave back.
create function billing.guard_reservation_growth() returns trigger language plpgsql as $$
begin
    if new.quantity - new.remaining <> (select coalesce(sum(d.quantity), 0) from billing.reservation_draw d where d.reservation_id = new.id) then
        raise exception 'reservation %: its draws do not give back what is added to what is left', new.id using errcode = 'LG001';
    end if;
    return new;
end
$$;
create trigger reservation_grows_by_draws before update on billing.reservation for each row
    when (new.remaining > old.remaining) execute function billing.guard_reservation_growth();
create trigger reservation_draw_immutable before update or delete on billing.reservation_draw for each row execute function billing.refuse_change();
create trigger reservation_kept before delete on billing.reservation for each row execute function billing.refuse_change();
create trigger reservation_not_emptied before truncate on billing.reservation for each statement execute function billing.refuse_change();
create trigger reservation_draw_kept before truncate on billing.reservation_draw for each statement execute function billing.refuse_change();

-- Locks, in id order, what is left for some contracts, and those used up that a correction may give back to: reservations of the same customer, operator, center, device model and currency.
create function billing.lock_reservations(contracts text[])
returns table (reservation_id text, for_contract text, left_over numeric, usable_from timestamptz, usable_to timestamptz,
               whole numeric, whole_net bigint, whole_tax bigint, whole_center bigint, whole_commission bigint)
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    perform from reservation r
    where r.closed_at is null
      and exists (
          select from contract_terms t
          where t.contract_id = any (contracts) and t.customer_id = r.customer_id and t.operator_id = r.operator_id
            and t.center_id = r.center_id and t.currency = r.currency and t.device_model is not distinct from r.device_model)
    order by r.id
    for no key update of r;
    return query
        select r.id, t.contract_id, r.remaining, r.starts_at, r.ends_at, r.quantity, r.net, r.tax, r.center, r.commission
        from reservation r
        join contract_terms t
            on t.customer_id = r.customer_id and t.operator_id = r.operator_id and t.center_id = r.center_id and t.currency = r.currency
               and t.device_model is not distinct from r.device_model
        where r.closed_at is null and t.contract_id = any (contracts)
        order by r.ends_at, r.id;
end
$$;

-- Takes from reservations that the caller has locked, or gives back; more than is left or than was bought breaks the row's check and with it
-- the transaction.
create function billing.draw_reservations(
    draw_ids text[], reservations text[], lines text[], quantities numeric[], journals text[], drawn timestamptz
) returns void language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    insert into reservation_draw (id, reservation_id, rated_line_id, unused, quantity, journal_id, drawn_at)
    select w.id, w.reservation, w.line, w.line is null, w.quantity, w.journal, drawn
    from unnest(draw_ids, reservations, lines, quantities, journals) w (id, reservation, line, quantity, journal);
    update reservation r
    set remaining = r.remaining - w.quantity, closed_at = case when w.unused then drawn else r.closed_at end
    from (
        select d.reservation, sum(d.quantity) as quantity, bool_or(d.line is null) as unused
        from unnest(reservations, lines, quantities) d (reservation, line, quantity)
        group by d.reservation
    ) w
    where r.id = w.reservation;
end
$$;

-- Locks one reservation whose time is over and says what is left of it; no row when it is closed, or not over yet.
create function billing.lock_ended_reservation(which text, ended timestamptz) returns numeric
language sql security definer set search_path = billing, pg_temp as $$
    select r.remaining from reservation r where r.id = which and r.closed_at is null and r.ends_at <= ended for no key update
$$;

-- Closes one of which nothing is left, when its time is over.
create function billing.close_reservation(which text, closed timestamptz) returns void
language sql security definer set search_path = billing, pg_temp as $$
    update reservation set closed_at = closed where id = which and closed_at is null and remaining = 0
$$;

-- part/whole of an amount, rounded half-even as the rating rule rounds.
create function billing.rounded_part(amount bigint, part numeric, whole numeric) returns bigint language sql immutable as $$
    select (case
        when 2 * mod(amount * part, whole) > whole or (2 * mod(amount * part, whole) = whole and mod(div(amount * part, whole), 2) = 1)
        then div(amount * part, whole) + 1 else div(amount * part, whole) end)::bigint
$$;

-- How reservations could disagree with what was drawn of them and with the ledger; no rows when they agree.
create function billing.check_reservations() returns table (break text) language sql stable as $$
    select format('reservation %s: %s of %s card-seconds are left, its draws say otherwise', r.id, r.remaining, r.quantity)
    from billing.reservation r
    left join lateral (select coalesce(sum(d.quantity), 0) as drawn from billing.reservation_draw d where d.reservation_id = r.id) d on true
    where r.quantity - d.drawn <> r.remaining
    union all
    -- What is deferred is what is not served yet; each draw was rounded by itself, the whole never.
    select format('reservation %s: %s micro-units are deferred, of %s card-seconds left', r.id, b.deferred, r.remaining)
    from billing.reservation r
    left join lateral (
        select coalesce(sum(case when a.id = l.credit_account then l.amount else -l.amount end), 0) as deferred
        from billing.account a
        join billing.leg l on a.id in (l.credit_account, l.debit_account)
        where a.kind = 'deferred' and a.qualifier = r.id and a.currency = r.currency
    ) b on true
    where b.deferred <> r.net + r.tax
          - billing.rounded_part(r.net, r.quantity - r.remaining, r.quantity) - billing.rounded_part(r.tax, r.quantity - r.remaining, r.quantity)
    union all
    select format('draw %s differs from its rated line', d.id)
    from billing.reservation_draw d
    join billing.rated_line l on l.id = d.rated_line_id
    where l.kind <> 'reserved' or l.quantity <> d.quantity or l.net <> 0 or l.tax <> 0
    union all
    select format('rated line %s is reserved and drawn from nothing', l.id)
    from billing.rated_line l
    -- What a closed reservation keeps is taken off the usage alone.
    where l.kind = 'reserved' and not (l.quantity < 0 and l.adjustment = 'correction') and not exists (select from billing.reservation_draw d where d.rated_line_id = l.id)
$$;

revoke execute on function
    billing.lock_reservations(text[]), billing.draw_reservations(text[], text[], text[], numeric[], text[], timestamptz),
    billing.lock_ended_reservation(text, timestamptz), billing.close_reservation(text, timestamptz), billing.check_reservations(),
    billing.rounded_part(bigint, numeric, numeric)
    from public;
grant execute on function
    billing.lock_reservations(text[]), billing.draw_reservations(text[], text[], text[], numeric[], text[], timestamptz),
    billing.lock_ended_reservation(text, timestamptz), billing.close_reservation(text, timestamptz), billing.check_reservations(),
    billing.rounded_part(bigint, numeric, numeric)
    to marketplace_app;
