-- Rating in depth (ADR 0061): what a contract was sold at may hold tiers, hours at another price and a minimum take; a rated line says what
-- kind of charge it is; and prepaid capacity is used before anything is charged (ADR 0062).

-- A meter's price is for what is used; a commitment's is for what was not; reserved usage is paid already.
alter table billing.price_version
    add column kind text not null default 'usage' check (kind in ('usage', 'commitment', 'reserved')),
    -- null where the price per unit is all there is.
    add column plan jsonb;

alter table billing.rated_line
    add column kind text not null default 'usage' check (kind in ('usage', 'commitment', 'reserved')),
    -- The quantity weighed by the hours it was used in; null where no hour has another price.
    add column weighted numeric(38,12) check (weighted >= 0),
    -- What a reservation covered of the same window, before this.
    add column reserved numeric(38,12) not null default 0 check (reserved >= 0);

-- A volume tier makes everything before it cheaper: what was charged too much comes back, also to a customer who pays later.
alter table billing.rated_line drop constraint rated_line_uncovered_check;
alter table billing.rated_line add constraint rated_line_uncovered_check check (uncovered >= 0 or uncovered = net + tax);

-- Where a meter stands: what of its quantity a reservation covered, and the rest weighed. A contract is rated by the sums of its meters.
alter table billing.usage_meter
    add column reserved numeric(38,12) not null default 0 check (reserved between 0 and quantity),
    add column weighted numeric(38,12) check (weighted >= 0);

create index price_version_monthly on billing.price_version (contract_id)
    where kind = 'commitment' and plan -> 'minimum' ->> 'period' = 'Month';
