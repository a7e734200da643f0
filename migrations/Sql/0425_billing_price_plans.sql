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
    add column weighted numeric(38,12),
    -- What a reservation covered of the same window, before this.
    add column reserved numeric(38,12) not null default 0,
    -- A corrected window's line is the difference to the lines before it.
    add constraint rated_line_weighted check (weighted >= 0 or adjustment = 'correction'),
    add constraint rated_line_reserved check (reserved >= 0 or adjustment = 'correction');

-- A volume tier makes everything before it cheaper, and late usage fills a minimum take: what was charged too much comes back, and what is
-- owed less is part of it.
alter table billing.rated_line
    drop constraint rated_line_uncovered,
    add constraint rated_line_uncovered check (uncovered >= 0 or adjustment in ('correction', 'dispute') or uncovered >= net + tax);

-- Where a meter stands: what of its quantity a reservation covered, and the rest weighed. A contract is rated by the sums of its meters.
alter table billing.usage_meter
    add column reserved numeric(38,12) not null default 0 check (reserved between 0 and quantity),
    add column weighted numeric(38,12) check (weighted >= 0),
    -- The last window's start, and where the meter stood before it: a correction rates the window anew, from there. None before this was kept.
    add column window_from timestamptz,
    add column before_quantity numeric(38,12) check (before_quantity >= 0),
    add column before_reserved numeric(38,12) check (before_reserved between 0 and before_quantity),
    add column before_weighted numeric(38,12) check (before_weighted >= 0),
    add constraint usage_meter_window check (num_nulls(window_from, before_quantity, before_reserved, before_weighted) in (0, 4));

create index price_version_monthly on billing.price_version (contract_id)
    where kind = 'commitment' and plan -> 'minimum' ->> 'period' = 'Month';
