-- The trial balance, and the check of the books by invariant: what was one list of breaks now says which promise each one breaks.

-- What the legs say about each account, in one reading of them.
create view billing.account_legs as
select a.id, coalesce(d.amount, 0)::bigint as debits, coalesce(c.amount, 0)::bigint as credits
from billing.account a
left join (select l.debit_account as id, sum(l.amount) as amount from billing.leg l group by l.debit_account) d on d.id = a.id
left join (select l.credit_account as id, sum(l.amount) as amount from billing.leg l group by l.credit_account) c on c.id = a.id;
revoke insert, update, delete on billing.account_legs from marketplace_app;

-- Debits and credits by currency and class, twice: from the legs, and as the accounts store them. One statement, so one moment.
create function billing.trial_balance() returns table (
    currency text, class text, accounts bigint, leg_debits bigint, leg_credits bigint, stored_debits bigint, stored_credits bigint
) language sql stable as $$
    select a.currency, a.class, count(*), sum(l.debits)::bigint, sum(l.credits)::bigint, sum(b.debits)::bigint, sum(b.credits)::bigint
    from billing.account a
    join billing.account_legs l on l.id = a.id
    join billing.balances(array(select id from billing.account)) b on b.account_id = a.id
    group by a.currency, a.class
    order by a.currency, array_position(array['asset', 'liability', 'income', 'expense'], a.class)
$$;

-- Every way the ledger could be wrong, one row each with the promise it breaks; none when it is right.
drop function billing.check_ledger();
create function billing.check_ledger() returns table (invariant text, break text) language sql stable as $$
    select 'debits-equal-credits', format('a leg of %s crosses currencies', l.journal_id)
    from billing.leg l
    left join billing.account d on d.id = l.debit_account
    left join billing.account c on c.id = l.credit_account
    where d.currency is distinct from c.currency
    union all
    select 'debits-equal-credits', format('%s: debits are %s, credits %s micro-units', a.currency, sum(l.debits), sum(l.credits))
    from billing.account a
    join billing.account_legs l on l.id = a.id
    group by a.currency
    having sum(l.debits) <> sum(l.credits)
    union all
    select 'journals-complete', format('journal %s is incomplete', j.id)
    from billing.journal j
    left join (select l.journal_id, count(*) as legs, sum(l.amount) as total from billing.leg l group by l.journal_id) l on l.journal_id = j.id
    where l.legs is distinct from j.leg_count or l.total is distinct from j.total
    union all
    select 'journals-complete', format('a leg of %s has no journal', l.journal_id)
    from billing.leg l where not exists (select from billing.journal j where j.id = l.journal_id)
    union all
    select 'balances-equal-legs', format('account %s %s stores %s/%s, its legs say %s/%s', a.code, a.currency, b.debits, b.credits, m.debits, m.credits)
    from billing.account a
    join billing.balances(array(select id from billing.account)) b on b.account_id = a.id
    join billing.account_legs m on m.id = a.id
    where b.debits <> m.debits or b.credits <> m.credits
    union all
    select 'balances-equal-legs', format('hold %s stores %s, its legs say %s', h.reference, h.promo_remaining + h.available_remaining, coalesce(m.remaining, 0))
    from billing.hold h
    left join (
        select l.hold_id, sum(case when c.kind = 'customer.held' then l.amount else -l.amount end) as remaining
        from billing.leg l join billing.account c on c.id = l.credit_account
        where l.hold_id is not null
        group by l.hold_id
    ) m on m.hold_id = h.id
    where coalesce(m.remaining, 0) <> h.promo_remaining + h.available_remaining
    union all
    select 'balances-equal-legs', format('account %s %s differs from its holds', a.code, a.currency)
    from billing.account a
    where a.kind = 'customer.held'
      and a.credits - a.debits
          <> (select coalesce(sum(h.promo_remaining + h.available_remaining), 0) from billing.hold h where h.account_id = a.id)
    union all
    -- Transaction numbers start again in a database restored from a dump into another server.
    select 'balances-equal-legs', 'the ledger''s last transaction lies in the future: run select billing.continue_after_restore() as the owner'
    from billing.ledger_clock c
    where greatest(c.snapshot_horizon, (select coalesce(max(j.xid), 0) from billing.journal j))
          > pg_snapshot_xmax(pg_current_snapshot())::text::bigint + c.xid_offset
    union all
    select 'floors-kept', format('account %s %s is below its floor', a.code, a.currency)
    from billing.account a where a.authorising and a.credits - a.debits < a.floor
$$;

-- Every acknowledged key is there exactly once; no rows when it is so.
create function billing.check_keys() returns table (break text) language sql stable as $$
    select format('key %s/%s is there %s times', j.source, j.idem_key, count(*))
    from billing.journal j group by j.source, j.idem_key having count(*) > 1
    union all
    select format('charge %s names journal %s, which is not there', r.id, r.journal_id)
    from billing.rated_line r
    where r.journal_id is not null and not exists (select from billing.journal j where j.id = r.journal_id)
    union all
    select format('hold %s was opened and has no journal', h.reference)
    from billing.hold h
    where h.opened_amount > 0 and not exists (select from billing.leg l where l.hold_id = h.id)
    union all
    select format('payment %s succeeded and has no journal of its amount', p.id)
    from billing.payment p
    where p.state = 'Succeeded'
      and not exists (
          select from billing.journal j
          join billing.leg l on l.journal_id = j.id
          join billing.account a on a.id = l.credit_account and a.kind = 'customer.available' and a.qualifier = p.party_id
          where j.source = 'payment' and j.idem_key = p.id and l.amount = p.amount)
$$;

-- As before, without the payments, whose keys are checked above.
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

revoke execute on function billing.trial_balance(), billing.check_ledger(), billing.check_keys() from public;
grant execute on function billing.trial_balance(), billing.check_ledger(), billing.check_keys() to marketplace_app;
