-- Credit notes: what is taken back of a final invoice, under a gapless number of their own.

create table billing.credit_note_series (
    issuer text not null,
    currency text not null,
    last_number bigint not null,
    primary key (issuer, currency)
);

create table billing.credit_note (
    id text primary key,
    number text not null,
    party_id text not null,
    customer_name text not null,
    issuer text not null,
    currency text not null,
    invoice_id text not null references billing.invoice,
    invoice_number text not null,
    reason text not null check (length(reason) between 1 and 500),
    issued_at timestamptz not null,
    net bigint not null,
    tax bigint not null,
    rounding bigint not null,
    total bigint not null check (total > 0),
    -- What it took off the open part of its invoice; the rest is the customer's credit.
    settled bigint not null,
    seller jsonb,
    buyer jsonb,
    idempotency_key text not null,
    -- Tells a repetition from another request under the same key.
    request text not null,
    constraint credit_note_adds_up check (total = net + tax + rounding),
    constraint credit_note_settled check (settled between 0 and total),
    unique (issuer, number),
    unique (invoice_id, idempotency_key)
);
create index credit_note_of_party on billing.credit_note (party_id, id);

create table billing.credit_note_line (
    credit_note_id text not null references billing.credit_note,
    line integer not null,
    party_id text not null,
    invoice_id text not null,
    invoice_line integer not null,
    net bigint not null,
    tax bigint not null,
    center bigint not null,
    operator bigint not null,
    commission bigint not null,
    journal_id text not null unique references billing.journal,
    primary key (credit_note_id, line),
    foreign key (invoice_id, invoice_line) references billing.invoice_line,
    constraint credit_note_line_split check (net = center + operator + commission),
    constraint credit_note_line_gives check (net + tax > 0)
);
create index credit_note_line_of_invoice on billing.credit_note_line (invoice_id, invoice_line);

revoke delete on billing.credit_note_series from marketplace_app;
revoke update, delete on billing.credit_note, billing.credit_note_line from marketplace_app;

do $$
declare
    kept text;
begin
    foreach kept in array array['credit_note', 'credit_note_line'] loop
        execute format('create trigger %1$s_immutable before update or delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_kept before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;

-- As before, with the states and the credit notes.
create or replace function billing.check_invoices() returns table (break text) language sql stable as $$
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
    select format('the numbers of credit notes of %s %s have a gap: %s credit notes, last number %s', s.issuer, s.currency, n.used, s.last_number)
    from billing.credit_note_series s
    left join lateral (select count(*) as used from billing.credit_note c where c.issuer = s.issuer and c.currency = s.currency) n on true
    where n.used <> s.last_number
    union all
    select format('credit note %s differs from its lines', c.id)
    from billing.credit_note c
    left join lateral (
        select coalesce(sum(l.net), 0) as net, coalesce(sum(l.tax), 0) as tax from billing.credit_note_line l where l.credit_note_id = c.id
    ) l on true
    where (c.net, c.tax) is distinct from (l.net, l.tax)
    union all
    select format('credit note %s line %s differs from its journal', l.credit_note_id, l.line)
    from billing.credit_note_line l
    left join lateral (
        select coalesce(sum(m.micros) filter (where a.kind = 'center.pending'), 0) as center,
               coalesce(sum(m.micros) filter (where a.kind = 'operator.pending'), 0) as operator,
               coalesce(sum(m.micros) filter (where a.kind = 'commission'), 0) as commission,
               coalesce(sum(m.micros) filter (where a.kind = 'tax'), 0) as tax
        from (
            select g.debit_account as account, g.amount as micros from billing.leg g where g.journal_id = l.journal_id
            union all
            select g.credit_account, -g.amount from billing.leg g where g.journal_id = l.journal_id
        ) m
        join billing.account a on a.id = m.account
    ) j on true
    where (l.center, l.operator, l.commission, l.tax) is distinct from (j.center, j.operator, j.commission, j.tax)
    union all
    select format('invoice %s line %s: more was credited than was charged', l.invoice_id, l.line)
    from billing.invoice_line l
    join (
        select c.invoice_id, c.invoice_line, sum(c.net + c.tax) as gross from billing.credit_note_line c group by c.invoice_id, c.invoice_line
    ) c on c.invoice_id = l.invoice_id and c.invoice_line = l.line
    where c.gross > l.net + l.tax
    union all
    select format('invoice %s says it was credited %s, its credit notes come to %s', i.id, i.credited_total, c.total)
    from billing.invoice i
    left join lateral (
        select coalesce(sum(n.total), 0) as total, coalesce(sum(n.settled), 0) as settled from billing.credit_note n where n.invoice_id = i.id
    ) c on true
    where (i.credited_total, i.credited) is distinct from (c.total, c.settled)
    union all
    -- What invoices leave open is what the ledger says is receivable.
    select format('customer %s %s: %s is receivable, invoices leave something else open', a.qualifier, a.currency, b.debits - b.credits)
    from billing.account a
    join billing.balances(array(select id from billing.account where kind = 'receivable')) b on b.account_id = a.id
    where b.debits - b.credits <> (
        select coalesce(sum(i.due - i.collected - i.credited), 0) from billing.invoice i
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

-- The three sides of each month: what customers are charged, from usage, invoices and credit notes, against what centers, operators, network
-- and tax got, from the legs. Usage counts in the month it was booked in. Money paid out or in is on neither side.
create function billing.reconcile_statements() returns table (
    period date, currency text,
    invoiced_net bigint, invoiced_tax bigint, uninvoiced_net bigint, uninvoiced_tax bigint, credited_net bigint, credited_tax bigint,
    document_rounding bigint, center bigint, operator bigint, commission bigint, tax bigint, rounding bigint,
    other_net bigint, other_tax bigint, other_rounding bigint
) language sql stable as $$
    with charged as (
        select date_trunc('month', j.effective_at at time zone 'UTC')::date as period, r.currency,
               coalesce(sum(r.net) filter (where i.rated_line_id is not null), 0) as invoiced_net,
               coalesce(sum(r.tax) filter (where i.rated_line_id is not null), 0) as invoiced_tax,
               coalesce(sum(r.net) filter (where i.rated_line_id is null), 0) as uninvoiced_net,
               coalesce(sum(r.tax) filter (where i.rated_line_id is null), 0) as uninvoiced_tax
        from billing.rated_line r
        join billing.journal j on j.id = r.journal_id
        left join billing.invoiced_line i on i.rated_line_id = r.id
        group by 1, 2
    ),
    credited as (
        select date_trunc('month', c.issued_at at time zone 'UTC')::date as period, c.currency,
               -sum(c.net) as net, -sum(c.tax) as tax, -sum(c.rounding) as rounding
        from billing.credit_note c group by 1, 2
    ),
    rounded as (
        select date_trunc('month', i.issued_at at time zone 'UTC')::date as period, i.currency, sum(i.rounding) as rounding
        from billing.invoice i where i.number is not null group by 1, 2
    ),
    -- Journals behind which a document stands; the others are named apart.
    known as (
        select distinct r.journal_id as id from billing.rated_line r where r.journal_id is not null
        union all
        select j.id from billing.journal j where j.kind in ('credit-note', 'invoice')
    ),
    moved as (
        select date_trunc('month', j.effective_at at time zone 'UTC')::date as period, a.currency, a.kind, k.id is null as other, sum(m.micros) as micros
        from (
            select l.journal_id, l.debit_account as account, l.credit_account as against, -l.amount as micros from billing.leg l
            union all
            select l.journal_id, l.credit_account, l.debit_account, l.amount from billing.leg l
        ) m
        join billing.account a on a.id = m.account
            and a.kind in ('center.pending', 'center.payable', 'operator.pending', 'operator.payable', 'commission', 'tax', 'rounding')
        join billing.account g on g.id = m.against and g.kind not in ('transfer_transit', 'psp', 'bank')
        join billing.journal j on j.id = m.journal_id
        left join known k on k.id = m.journal_id
        group by 1, 2, 3, 4
    ),
    ledger as (
        select m.period, m.currency,
               coalesce(sum(m.micros) filter (where m.kind like 'center.%'), 0) as center,
               coalesce(sum(m.micros) filter (where m.kind like 'operator.%'), 0) as operator,
               coalesce(sum(m.micros) filter (where m.kind = 'commission'), 0) as commission,
               coalesce(sum(m.micros) filter (where m.kind = 'tax'), 0) as tax,
               coalesce(sum(m.micros) filter (where m.kind = 'rounding'), 0) as rounding,
               coalesce(sum(m.micros) filter (where m.other and m.kind not in ('tax', 'rounding')), 0) as other_net,
               coalesce(sum(m.micros) filter (where m.other and m.kind = 'tax'), 0) as other_tax,
               coalesce(sum(m.micros) filter (where m.other and m.kind = 'rounding'), 0) as other_rounding
        from moved m group by 1, 2
    ),
    periods as (
        select c.period, c.currency from charged c union select c.period, c.currency from credited c
        union select r.period, r.currency from rounded r union select l.period, l.currency from ledger l
    )
    select p.period, p.currency,
           coalesce(h.invoiced_net, 0)::bigint, coalesce(h.invoiced_tax, 0)::bigint,
           coalesce(h.uninvoiced_net, 0)::bigint, coalesce(h.uninvoiced_tax, 0)::bigint,
           coalesce(c.net, 0)::bigint, coalesce(c.tax, 0)::bigint, (coalesce(r.rounding, 0) + coalesce(c.rounding, 0))::bigint,
           coalesce(l.center, 0)::bigint, coalesce(l.operator, 0)::bigint, coalesce(l.commission, 0)::bigint, coalesce(l.tax, 0)::bigint,
           coalesce(l.rounding, 0)::bigint, coalesce(l.other_net, 0)::bigint, coalesce(l.other_tax, 0)::bigint, coalesce(l.other_rounding, 0)::bigint
    from periods p
    left join charged h on (h.period, h.currency) = (p.period, p.currency)
    left join credited c on (c.period, c.currency) = (p.period, p.currency)
    left join rounded r on (r.period, r.currency) = (p.period, p.currency)
    left join ledger l on (l.period, l.currency) = (p.period, p.currency)
    order by p.period, p.currency
$$;

-- Each difference by its name; no rows when the three sides agree.
create function billing.check_statements() returns table (break text) language sql stable as $$
    select format('statements of %s %s: customers'' %s differs from the ledger''s by %s micro-units', to_char(s.period, 'YYYY-MM'), s.currency, d.name, d.micros)
    from billing.reconcile_statements() s
    cross join lateral (values
        ('net', s.invoiced_net + s.uninvoiced_net + s.credited_net + s.other_net - s.center - s.operator - s.commission),
        ('tax', s.invoiced_tax + s.uninvoiced_tax + s.credited_tax + s.other_tax - s.tax),
        ('rounding', s.document_rounding + s.other_rounding - s.rounding)
    ) d (name, micros)
    where d.micros <> 0
$$;
revoke execute on function billing.reconcile_statements(), billing.check_statements() from public;
grant execute on function billing.reconcile_statements(), billing.check_statements() to marketplace_app;
