-- The seal chain: journals with their legs are hashed into blocks, each block over the one before it, so that a change behind every guard
-- is still found (ADR 0055). Sealing follows posting; nobody who posts waits for it.

-- Transaction numbers order the journals. They start again in a database restored from a dump into another server, so the ledger adds an
-- offset that keeps its own numbers growing.
alter table billing.ledger_clock add column xid_offset bigint not null default 0 check (xid_offset >= 0);

create or replace function billing.current_xid() returns bigint language sql volatile as $$
    select pg_current_xact_id()::text::bigint + c.xid_offset from billing.ledger_clock c
$$;

-- Everything numbered below it is committed or gone for good.
create function billing.xid_horizon() returns bigint language sql volatile as $$
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + c.xid_offset from billing.ledger_clock c
$$;

-- For the owner, after a restore and before anybody posts: the next journal is numbered behind every journal there is. On a database that
-- was not restored it changes nothing.
create function billing.continue_after_restore() returns bigint language sql volatile as $$
    update billing.ledger_clock c
    set xid_offset = greatest(
        c.xid_offset,
        greatest(c.snapshot_horizon, 1 + (select coalesce(max(j.xid), 0) from billing.journal j)) - pg_current_xact_id()::text::bigint)
    returning xid_offset
$$;

create or replace function billing.take_snapshot() returns bigint
language plpgsql security definer set search_path = billing, pg_temp as $$
declare
    old_horizon bigint;
    new_horizon bigint;
begin
    select c.snapshot_horizon into old_horizon from ledger_clock c for update;
    new_horizon := billing.xid_horizon();
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

-- A block holds the journals behind the block before it up to (last_xid, last_journal), in that order, with the hash of each.
create table billing.seal_block (
    number bigint primary key check (number > 0),
    last_xid bigint not null,
    last_journal text collate "C" not null,
    journal_ids text[] not null,
    journal_hashes bytea[] not null,
    previous_hash bytea not null,
    hash bytea not null,
    sealed_at timestamptz not null,
    unique (last_xid, last_journal),
    constraint seal_block_filled check (cardinality(journal_ids) > 0 and cardinality(journal_ids) = cardinality(journal_hashes))
);

-- One row: where the chain ends. It is what makes two sealers take turns, and what a block cut off the end is missed by.
create table billing.seal_head (
    only_row boolean primary key default true check (only_row),
    number bigint not null,
    hash bytea not null,
    last_xid bigint not null,
    last_journal text collate "C" not null
);
insert into billing.seal_head (number, hash, last_xid, last_journal) values (0, decode(repeat('00', 32), 'hex'), 0, '');

-- What the last verification of the chain found.
create table billing.seal_report (
    only_row boolean primary key default true check (only_row),
    verified_at timestamptz not null,
    report jsonb not null
);

revoke insert, update, delete on billing.seal_block, billing.seal_head from marketplace_app;

create trigger seal_block_immutable before update or delete on billing.seal_block for each row execute function billing.refuse_change();
create trigger seal_block_kept before truncate on billing.seal_block for each statement execute function billing.refuse_change();
create trigger seal_head_advances before update on billing.seal_head for each row
    when (new.number <> old.number + 1 or (new.last_xid, new.last_journal) <= (old.last_xid, old.last_journal))
    execute function billing.refuse_change();
create trigger seal_head_kept before delete on billing.seal_head for each row execute function billing.refuse_change();
create trigger seal_head_not_emptied before truncate on billing.seal_head for each statement execute function billing.refuse_change();

-- One field of what is hashed: its length in bytes, a colon, the value and a comma, so that no two contents read the same. Null is '-,'.
create function billing.netstring(field text) returns text language sql immutable as $$
    select coalesce(octet_length(field)::text || ':' || field || ',', '-,')
$$;

create function billing.microseconds(moment timestamptz) returns text language sql immutable as $$
    select (extract(epoch from moment) * 1000000)::bigint::text
$$;

-- SHA-256 of a journal's every column and its legs in line order, with the names of both accounts. The verifier computes the same by itself.
create function billing.journal_hash(of_journal billing.journal) returns bytea language sql stable as $$
    select sha256(convert_to(
        billing.netstring(of_journal.id) || billing.netstring(of_journal.kind) || billing.netstring(of_journal.source)
        || billing.netstring(of_journal.idem_key) || billing.netstring(encode(of_journal.request_hash, 'hex'))
        || billing.netstring(billing.microseconds(of_journal.effective_at)) || billing.netstring(billing.microseconds(of_journal.recorded_at))
        || billing.netstring(of_journal.xid::text) || billing.netstring(of_journal.reverses_id) || billing.netstring(of_journal.group_id)
        || billing.netstring(of_journal.actor) || billing.netstring(of_journal.reason)
        || billing.netstring(of_journal.leg_count::text) || billing.netstring(of_journal.total::text)
        || coalesce(string_agg(
            billing.netstring(l.line::text)
            || billing.netstring(l.debit_account::text) || billing.netstring(d.code || '/' || d.currency)
            || billing.netstring(l.credit_account::text) || billing.netstring(c.code || '/' || c.currency)
            || billing.netstring(l.amount::text) || billing.netstring(l.xid::text) || billing.netstring(l.hold_id::text),
            '' order by l.line), ''),
        'UTF8'))
    from billing.leg l
    left join billing.account d on d.id = l.debit_account
    left join billing.account c on c.id = l.credit_account
    where l.journal_id = of_journal.id
$$;

-- Seals up to that many journals into the next block; no row when there is nothing to seal. Only journals that no open transaction can still
-- come before are sealed: a journal is numbered when its transaction first writes and seen when it commits, which may be much later.
create function billing.seal_journals(most integer) returns table (sealed_block bigint, sealed_journals integer)
language plpgsql security definer set search_path = billing, pg_temp as $$
declare
    head seal_head;
    horizon bigint;
    block seal_block;
begin
    select h.* into head from seal_head h for update;
    -- The horizon is taken before the journals are read, each in a snapshot of its own: what is below it is visible to what follows.
    horizon := billing.xid_horizon();
    select array_agg(j.id order by j.xid, j.id collate "C"), array_agg(billing.journal_hash(j) order by j.xid, j.id collate "C"), max(j.xid)
    into block.journal_ids, block.journal_hashes, block.last_xid
    from (
        select id
        from journal
        where xid >= head.last_xid and xid < horizon and (xid, id collate "C") > (head.last_xid, head.last_journal)
        order by xid, id collate "C"
        limit most
    ) next
    join journal j on j.id = next.id;
    if block.journal_ids is null then
        return;
    end if;
    block.number := head.number + 1;
    block.last_journal := block.journal_ids[cardinality(block.journal_ids)];
    block.previous_hash := head.hash;
    block.sealed_at := clock_timestamp();
    select sha256(convert_to(
        netstring(block.number::text) || netstring(block.last_xid::text) || netstring(block.last_journal)
        || netstring(microseconds(block.sealed_at)) || netstring(encode(block.previous_hash, 'hex'))
        || string_agg(netstring(e.id) || netstring(encode(e.hash, 'hex')), '' order by e.ord),
        'UTF8'))
    into block.hash
    from unnest(block.journal_ids, block.journal_hashes) with ordinality e (id, hash, ord);
    insert into seal_block
    select block.*;
    update seal_head
    set number = block.number, hash = block.hash, last_xid = block.last_xid, last_journal = block.last_journal;
    return query select block.number, cardinality(block.journal_ids);
end
$$;

revoke execute on function
    billing.xid_horizon(), billing.continue_after_restore(), billing.netstring(text), billing.microseconds(timestamptz),
    billing.journal_hash(billing.journal), billing.seal_journals(integer)
    from public;
grant execute on function billing.xid_horizon(), billing.seal_journals(integer) to marketplace_app;
