-- An invoice from draft to its end: draft, grace, final, then paid, void or uncollectible. What is billed to whom is kept as it was printed.

alter table billing.invoice
    -- Only this contract's charges; null for a month's.
    add column contract_id text,
    add column due_at timestamptz,
    -- What credit notes took off what was open, and what they come to altogether.
    add column credited bigint not null default 0 check (credited >= 0),
    add column credited_total bigint not null default 0 check (credited_total >= credited),
    -- Name, address and tax number of both, as they were when it was issued.
    add column seller jsonb,
    add column buyer jsonb,
    -- Why nobody asks for it any more.
    add column written_off_reason text;
update billing.invoice set due_at = issued_at + interval '14 days' where issued_at is not null;

alter table billing.invoice drop constraint invoice_state_check;
alter table billing.invoice drop constraint invoice_collected;
alter table billing.invoice drop constraint invoice_numbered;
alter table billing.invoice add constraint invoice_state_check check (state in ('Draft', 'Grace', 'Final', 'Paid', 'Void', 'Uncollectible'));
alter table billing.invoice add constraint invoice_numbered
    check ((number is null) = (state in ('Draft', 'Grace')) and (number is null) = (due_at is null));
alter table billing.invoice add constraint invoice_settled
    check (collected >= 0 and collected + credited <= due and (state not in ('Paid', 'Void') or collected + credited = due));
alter table billing.invoice add constraint invoice_void_is_credited check (state <> 'Void' or credited_total = total);
alter table billing.invoice add constraint invoice_written_off check ((state = 'Uncollectible') = (written_off_reason is not null));

-- One open invoice per customer, currency and month.
create unique index invoice_of_month on billing.invoice (party_id, currency, period_end) where number is null and contract_id is null;
create index invoice_not_final on billing.invoice (period_end) where number is null;

-- The transitions, which the application knows as InvoiceStates.Table; a test compares them.
create table billing.invoice_transition (from_state text not null, to_state text not null, primary key (from_state, to_state));
insert into billing.invoice_transition values
    ('Draft', 'Grace'), ('Grace', 'Final'), ('Final', 'Paid'), ('Final', 'Void'), ('Final', 'Uncollectible');
revoke insert, update, delete on billing.invoice_transition from marketplace_app;

create function billing.guard_invoice() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'Draft' then
            raise exception 'invoice % begins as Draft, not as %', new.id, new.state using errcode = 'LG001';
        end if;
        return new;
    end if;
    if old.state <> new.state
       and not exists (select from billing.invoice_transition t where t.from_state = old.state and t.to_state = new.state) then
        raise exception 'invoice % cannot go from % to %', old.id, old.state, new.state using errcode = 'LG001';
    end if;
    if old.number is not null and (
        (old.id, old.number, old.party_id, old.customer_name, old.issuer, old.currency, old.period_start, old.period_end, old.issued_at,
         old.net, old.tax, old.rounding, old.total, old.due, old.due_at, old.contract_id, old.seller, old.buyer)
        is distinct from
        (new.id, new.number, new.party_id, new.customer_name, new.issuer, new.currency, new.period_start, new.period_end, new.issued_at,
         new.net, new.tax, new.rounding, new.total, new.due, new.due_at, new.contract_id, new.seller, new.buyer)
        or new.collected < old.collected or new.credited < old.credited or new.credited_total < old.credited_total
        or (old.written_off_reason is not null and new.written_off_reason is distinct from old.written_off_reason)) then
        raise exception 'invoice % is final: it never changes; write a credit note instead', old.number using errcode = 'LG001';
    end if;
    return new;
end
$$;
drop trigger invoice_immutable on billing.invoice;
create trigger invoice_guard before insert or update on billing.invoice for each row execute function billing.guard_invoice();

-- A draft that has nothing to bill is no document and may go; what has a number stays for good.
grant delete on billing.invoice to marketplace_app;
drop trigger invoice_kept on billing.invoice;
create trigger invoice_kept before delete on billing.invoice for each row when (old.number is not null) execute function billing.refuse_change();

-- Lines are added before the number is given, never after.
create function billing.guard_invoice_lines() returns trigger language plpgsql as $$
begin
    if exists (select from added a join billing.invoice i on i.id = a.invoice_id where i.number is not null) then
        raise exception 'a final invoice takes no further lines' using errcode = 'LG001';
    end if;
    return null;
end
$$;
create trigger invoice_line_in_time after insert on billing.invoice_line
    referencing new table as added for each statement execute function billing.guard_invoice_lines();
create trigger invoiced_line_in_time after insert on billing.invoiced_line
    referencing new table as added for each statement execute function billing.guard_invoice_lines();

-- Who is billed, as the organisation's own people say.
create table billing.billing_profile (
    party_id text primary key,
    registered_name text not null check (length(registered_name) between 1 and 200),
    tax_id text not null check (length(tax_id) <= 60),
    address text not null check (length(address) <= 500),
    email text not null check (length(email) <= 254),
    locale text not null check (locale in ('en', 'zh-Hans')),
    updated_at timestamptz not null
);
revoke delete on billing.billing_profile from marketplace_app;
