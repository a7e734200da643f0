-- What is given without payment: each grant of promotional credit with what is left of it, vouchers, and service credits.

create table billing.promo_grant (
    id text primary key,
    party_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    source text not null check (source in ('grant', 'voucher', 'service-credit')),
    -- For the customer: the campaign, the contract, the desk's reason.
    description text not null,
    amount bigint not null check (amount > 0),
    used bigint not null default 0,
    expired bigint not null default 0,
    journal_id text not null unique references billing.journal,
    granted_at timestamptz not null,
    -- null: never.
    expires_at timestamptz,
    constraint promo_grant_remaining check (used >= 0 and expired >= 0 and used + expired <= amount),
    constraint promo_grant_expiry check (expires_at > granted_at)
);
create index promo_grant_of_party on billing.promo_grant (party_id, currency, id);
create index promo_grant_expiring on billing.promo_grant (expires_at) where used + expired < amount and expires_at is not null;

-- What was granted before there were grants: without an end.
insert into billing.promo_grant (id, party_id, currency, source, description, amount, journal_id, granted_at)
select 'grt_' || substr(j.id, 5), a.party_id, a.currency, 'grant', j.reason, sum(l.amount), j.id, j.recorded_at
from billing.journal j
join billing.leg l on l.journal_id = j.id
join billing.account a on a.id = l.credit_account and a.kind = 'customer.promo'
where j.kind in ('grant', 'voucher', 'service-credit')
group by j.id, a.party_id, a.currency;

create table billing.voucher_campaign (
    id text primary key,
    name text not null unique,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount > 0),
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    codes integer not null check (codes > 0),
    uses_per_code integer not null check (uses_per_code > 0),
    max_redemptions integer not null check (max_redemptions > 0),
    max_per_customer integer not null check (max_per_customer > 0),
    -- What a customer must have been charged before, tax included.
    minimum_spend bigint not null check (minimum_spend >= 0),
    new_customers_only boolean not null,
    -- How long the credit lives once redeemed; null: without an end.
    credit_days integer check (credit_days > 0),
    redemptions integer not null default 0,
    created_by text not null,
    created_at timestamptz not null,
    closed_at timestamptz,
    constraint voucher_campaign_valid check (valid_to > valid_from),
    constraint voucher_campaign_limit check (redemptions between 0 and max_redemptions)
);

-- Codes as SHA-256: whoever reads the table cannot redeem them.
create table billing.voucher_code (
    code_hash bytea primary key,
    campaign_id text not null references billing.voucher_campaign,
    redemptions integer not null default 0 check (redemptions >= 0)
);
create index voucher_code_of_campaign on billing.voucher_code (campaign_id);

create table billing.voucher_redemption (
    id text primary key,
    campaign_id text not null references billing.voucher_campaign,
    code_hash bytea not null references billing.voucher_code,
    party_id text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    idempotency_key text not null,
    journal_id text not null references billing.journal,
    redeemed_at timestamptz not null,
    unique (party_id, idempotency_key)
);
create index voucher_redemption_of_campaign on billing.voucher_redemption (campaign_id, party_id);

-- Codes a party tried that are none: what limits guessing.
create table billing.voucher_attempt (
    party_id text not null,
    attempted_at timestamptz not null
);
create index voucher_attempt_recent on billing.voucher_attempt (party_id, attempted_at);

create table billing.service_credit (
    id text primary key,
    contract_id text not null references billing.contract_terms,
    period_start timestamptz not null,
    customer_id text not null,
    operator_id text not null,
    center_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    served_seconds bigint not null check (served_seconds > 0),
    down_seconds bigint not null check (down_seconds between 0 and served_seconds),
    fraction numeric(9,6) not null check (fraction > 0 and fraction <= 1),
    -- What was charged in the period, before tax and tax.
    charged_net bigint not null,
    charged_tax bigint not null,
    charged_center bigint not null,
    charged_operator bigint not null,
    charged_commission bigint not null,
    amount bigint not null check (amount > 0),
    -- The fault was the network's: it pays all of it. The desk says so when it confirms.
    by_network boolean not null,
    center_part bigint not null check (center_part >= 0),
    operator_part bigint not null check (operator_part >= 0),
    network_part bigint not null check (network_part >= 0),
    tax_part bigint not null check (tax_part >= 0),
    state text not null check (state in ('Proposed', 'Posted', 'Rejected')),
    reason text,
    decided_by text,
    decided_at timestamptz,
    journal_id text references billing.journal,
    proposed_at timestamptz not null,
    constraint service_credit_once unique (contract_id, period_start),
    constraint service_credit_limit check (amount <= charged_net + charged_tax),
    constraint service_credit_parts check (amount = center_part + operator_part + network_part + tax_part),
    constraint service_credit_decided check (
        (state = 'Proposed') = (decided_at is null) and (state = 'Posted') = (journal_id is not null)
        and (state <> 'Rejected' or reason is not null))
);
create index service_credit_customer on billing.service_credit (customer_id, id);
create index service_credit_operator on billing.service_credit (operator_id, id);
create index service_credit_center on billing.service_credit (center_id, id);

create function billing.check_service_credit_move() returns trigger language plpgsql as $$
declare
    -- What the decision sets; the figures stay.
    free text[] := array['state', 'reason', 'decided_by', 'decided_at', 'journal_id', 'by_network',
                         'center_part', 'operator_part', 'network_part', 'tax_part'];
begin
    if tg_op = 'INSERT' then
        if new.state <> 'Proposed' then
            raise exception 'service credit % cannot begin as %', new.id, new.state using errcode = 'LG006';
        end if;
    elsif old.state <> 'Proposed' or new.state = 'Proposed'
          or (to_jsonb(old) - free)
             is distinct from (to_jsonb(new) - free) then
        raise exception 'service credit % cannot go from % to %', new.id, old.state, new.state using errcode = 'LG006';
    end if;
    return new;
end
$$;
create trigger service_credit_moves before insert or update on billing.service_credit
    for each row execute function billing.check_service_credit_move();

-- A grant keeps what it was given with; use and expiry only grow.
create trigger promo_grant_identity before update on billing.promo_grant for each row
    when (new.used < old.used or new.expired < old.expired
          or (to_jsonb(old) - array['used', 'expired']) is distinct from (to_jsonb(new) - array['used', 'expired']))
    execute function billing.refuse_change();
create trigger voucher_campaign_terms before update on billing.voucher_campaign for each row
    when (new.redemptions < old.redemptions or (old.closed_at is not null and new.closed_at is distinct from old.closed_at)
          or (to_jsonb(old) - array['redemptions', 'closed_at']) is distinct from (to_jsonb(new) - array['redemptions', 'closed_at']))
    execute function billing.refuse_change();
create trigger voucher_code_uses before update on billing.voucher_code for each row
    when (new.redemptions < old.redemptions or (old.code_hash, old.campaign_id) is distinct from (new.code_hash, new.campaign_id))
    execute function billing.refuse_change();

revoke delete on billing.promo_grant, billing.voucher_campaign, billing.voucher_code, billing.service_credit from marketplace_app;
revoke update, delete on billing.voucher_redemption from marketplace_app;

do $$
declare
    kept text;
begin
    execute 'create trigger voucher_redemption_immutable before update on billing.voucher_redemption for each row execute function billing.refuse_change()';
    foreach kept in array array['promo_grant', 'voucher_campaign', 'voucher_code', 'voucher_redemption', 'service_credit'] loop
        execute format('create trigger %1$s_kept before delete on billing.%1$I for each row execute function billing.refuse_change()', kept);
        execute format('create trigger %1$s_not_emptied before truncate on billing.%1$I for each statement execute function billing.refuse_change()', kept);
    end loop;
end
$$;

-- Months whose contracts have been looked at.
create table billing.service_credit_period (
    period_start timestamptz primary key,
    proposed_at timestamptz not null
);

-- How grants, vouchers and service credits could disagree with the ledger; no rows when they agree.
create function billing.check_credits() returns table (break text) language sql stable as $$
    with granted as (
        select j.id, j.kind, a.party_id, a.currency, sum(l.amount) as amount
        from billing.journal j
        join billing.leg l on l.journal_id = j.id
        join billing.account a on a.id = l.credit_account and a.kind = 'customer.promo'
        where j.kind in ('grant', 'voucher', 'service-credit')
        group by j.id, j.kind, a.party_id, a.currency
    ),
    lapsed as (
        select a.party_id, a.currency, sum(l.amount) as amount
        from billing.journal j
        join billing.leg l on l.journal_id = j.id
        join billing.account a on a.id = l.debit_account and a.kind = 'customer.promo'
        where j.kind = 'promo-expired'
        group by a.party_id, a.currency
    ),
    grants as (
        select g.party_id, g.currency, sum(g.expired) as expired, sum(g.amount - g.used - g.expired) as remaining
        from billing.promo_grant g
        group by g.party_id, g.currency
    ),
    promo as (
        select a.party_id, a.currency,
               a.credits - a.debits + coalesce((select sum(h.promo_remaining) from billing.hold h
                                                where h.party_id = a.party_id and h.currency = a.currency), 0) as amount
        from billing.account a where a.kind = 'customer.promo'
    )
    select format('grant %s and the ledger disagree about its amount', coalesce(g.id, 'of journal ' || j.id))
    from billing.promo_grant g
    full join granted j on j.id = g.journal_id
    where (g.party_id, g.currency, g.amount) is distinct from (j.party_id, j.currency, j.amount::bigint)
    union all
    select format('customer %s %s: grants say %s expired, the ledger says %s', coalesce(g.party_id, l.party_id),
                  coalesce(g.currency, l.currency), coalesce(g.expired, 0), coalesce(l.amount, 0))
    from grants g
    full join lapsed l on l.party_id = g.party_id and l.currency = g.currency
    where coalesce(g.expired, 0) <> coalesce(l.amount, 0)
    union all
    -- Use is written down when it is next looked at, so grants may show more than there is, never less.
    select format('customer %s %s: %s of promotional credit is there, grants leave %s', p.party_id, p.currency, p.amount, coalesce(g.remaining, 0))
    from promo p
    left join grants g on g.party_id = p.party_id and g.currency = p.currency
    where p.amount > coalesce(g.remaining, 0)
    union all
    select format('redemption %s has no voucher journal of its amount', r.id)
    from billing.voucher_redemption r
    where not exists (select from granted j where j.id = r.journal_id and j.kind = 'voucher' and j.party_id = r.party_id and j.amount = r.amount)
    union all
    select format('campaign %s counts %s redemptions, there are %s', c.id, c.redemptions, n.redeemed)
    from billing.voucher_campaign c
    cross join lateral (select count(*) as redeemed from billing.voucher_redemption r where r.campaign_id = c.id) n
    where c.redemptions <> n.redeemed
    union all
    select format('a code of campaign %s counts %s redemptions, there are %s', v.campaign_id, v.redemptions, n.redeemed)
    from billing.voucher_code v
    cross join lateral (select count(*) as redeemed from billing.voucher_redemption r where r.code_hash = v.code_hash) n
    where v.redemptions > 0 and v.redemptions <> n.redeemed
    union all
    select format('service credit %s has no journal of its amount', s.id)
    from billing.service_credit s
    where s.state = 'Posted'
      and not exists (select from granted j where j.id = s.journal_id and j.party_id = s.customer_id and j.amount = s.amount)
$$;
revoke execute on function billing.check_credits() from public;
grant execute on function billing.check_credits() to marketplace_app;
create index voucher_redemption_of_code on billing.voucher_redemption (code_hash);
