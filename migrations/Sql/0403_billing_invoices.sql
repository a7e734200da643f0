-- Invoices and payments.

create table billing.invoice_series (
    issuer text not null,
    currency text not null,
    last_number bigint not null,
    primary key (issuer, currency)
);

create table billing.invoice (
    id text primary key,
    number text,
    -- The customer it is for.
    party_id text not null,
    customer_name text not null,
    issuer text not null,
    currency text not null,
    state text not null check (state in ('Draft', 'Final', 'Paid', 'Void')),
    period_start timestamptz not null,
    period_end timestamptz not null,
    issued_at timestamptz,
    net bigint not null,
    tax bigint not null,
    rounding bigint not null,
    total bigint not null,
    -- What the customer owed when it was issued, after prepaid charges; collected from later credit, oldest invoice first.
    due bigint not null check (due >= 0),
    collected bigint not null default 0,
    constraint invoice_collected check (collected between 0 and due and (state <> 'Paid' or collected = due)),
    constraint invoice_adds_up check (total = net + tax + rounding),
    constraint invoice_numbered check ((number is null) = (state = 'Draft'))
);
create unique index invoice_number on billing.invoice (issuer, number) where number is not null;
create index invoice_of_party on billing.invoice (party_id, id);
create index invoice_open on billing.invoice (party_id, currency) where state = 'Final';

create table billing.invoice_line (
    invoice_id text not null references billing.invoice,
    line integer not null,
    party_id text not null,
    contract_id text not null,
    order_id text not null,
    description text not null,
    quantity numeric(38,12) not null,
    unit text not null,
    unit_price numeric(38,18) not null,
    net bigint not null,
    tax bigint not null,
    period_from timestamptz not null,
    period_to timestamptz not null,
    primary key (invoice_id, line)
);

-- Each rated line is on one invoice at most.
create table billing.invoiced_line (
    rated_line_id text primary key references billing.rated_line,
    invoice_id text not null,
    line integer not null,
    foreign key (invoice_id, line) references billing.invoice_line
);
create index invoiced_line_invoice on billing.invoiced_line (invoice_id, line);

create table billing.payment (
    id text primary key,
    party_id text not null,
    idempotency_key text not null,
    amount bigint not null check (amount > 0),
    fee bigint not null check (fee >= 0),
    currency text not null,
    state text not null check (state in ('Created', 'Succeeded', 'Failed', 'Refunded')),
    provider text not null,
    provider_reference text,
    failure text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (party_id, idempotency_key)
);
create index payment_open on billing.payment (created_at) where state = 'Created';

revoke delete on billing.invoice_series, billing.invoice, billing.payment from marketplace_app;
revoke update, delete on billing.invoice_line, billing.invoiced_line from marketplace_app;

-- A final invoice is what the customer has in hand: only its state moves, to Paid or Void.
create trigger invoice_immutable before update on billing.invoice for each row
    when (old.state <> 'Draft' and (
        (old.id, old.number, old.party_id, old.customer_name, old.issuer, old.currency, old.period_start, old.period_end, old.issued_at,
         old.net, old.tax, old.rounding, old.total, old.due)
        is distinct from
        (new.id, new.number, new.party_id, new.customer_name, new.issuer, new.currency, new.period_start, new.period_end, new.issued_at,
         new.net, new.tax, new.rounding, new.total, new.due)
        or (old.state = 'Final' and new.state not in ('Final', 'Paid', 'Void'))
        or (old.state in ('Paid', 'Void') and new.state <> old.state)))
    execute function billing.refuse_change();

do $$
declare
    kept text;
begin
    foreach kept in array array['invoice_line', 'invoiced_line'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
    execute 'create trigger invoice_kept before delete on billing.invoice for each row execute function billing.refuse_change()';
    execute 'create trigger invoice_not_emptied before truncate on billing.invoice for each statement execute function billing.refuse_change()';
end
$$;

-- How invoices and payments could disagree with charges and the ledger; no rows when they agree.
create function billing.check_invoices() returns table (break text) language sql stable as $$
    select format('invoice %s differs from its lines', i.id)
    from billing.invoice i
    left join lateral (
        select coalesce(sum(l.net), 0) as net, coalesce(sum(l.tax), 0) as tax from billing.invoice_line l where l.invoice_id = i.id
    ) l on true
    where (i.net, i.tax) is distinct from (l.net, l.tax)
    union all
    select format('invoice %s line %s differs from its rated lines', l.invoice_id, l.line)
    from billing.invoice_line l
    left join lateral (
        select coalesce(sum(r.net), 0) as net, coalesce(sum(r.tax), 0) as tax
        from billing.invoiced_line i join billing.rated_line r on r.id = i.rated_line_id
        where i.invoice_id = l.invoice_id and i.line = l.line
    ) r on true
    where (l.net, l.tax) is distinct from (r.net, r.tax)
    union all
    select format('the numbers of %s %s have a gap: %s invoices, last number %s', s.issuer, s.currency, n.used, s.last_number)
    from billing.invoice_series s
    left join lateral (
        select count(*) as used from billing.invoice i where i.issuer = s.issuer and i.currency = s.currency and i.number is not null
    ) n on true
    where n.used <> s.last_number
    union all
    select format('payment %s succeeded and has no journal of its amount', p.id)
    from billing.payment p
    where p.state = 'Succeeded'
      and not exists (
          select from billing.journal j
          join billing.leg l on l.journal_id = j.id
          join billing.account a on a.id = l.credit_account and a.kind = 'customer.available' and a.qualifier = p.party_id
          where j.source = 'payment' and j.idem_key = p.id and l.amount = p.amount)
    union all
    -- What invoices leave open is what the ledger says is receivable.
    select format('customer %s %s: %s is receivable, invoices leave something else open', a.qualifier, a.currency, b.debits - b.credits)
    from billing.account a
    join billing.balances(array(select id from billing.account where kind = 'receivable')) b on b.account_id = a.id
    where b.debits - b.credits <> (
        select coalesce(sum(i.due - i.collected), 0) from billing.invoice i
        where i.party_id = a.qualifier and i.currency = a.currency and i.state = 'Final')
    union all
    select format('customer %s %s: %s was charged without cover and %s is unbilled', a.qualifier, a.currency, o.owed, b.debits - b.credits)
    from billing.account a
    join billing.balances(array(select id from billing.account where kind = 'unbilled')) b on b.account_id = a.id
    left join lateral (
        select coalesce(sum(r.uncovered), 0) as owed
        from billing.rated_line r
        where r.customer_id = a.qualifier and r.currency = a.currency
          and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
    ) o on true
    where b.debits - b.credits <> o.owed
$$;
revoke execute on function billing.check_invoices() from public;
grant execute on function billing.check_invoices() to marketplace_app;
