select platform.open_to_application('market');

-- Every row of the tables that search and placement read carries the transaction that last wrote it. A reader remembers the
-- oldest transaction still running at its last read and asks for rows written by that one or a later one: nothing is missed,
-- whatever order transactions commit in.
create function market.stamp_change() returns trigger
language plpgsql as $$
begin
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;

-- Parties ------------------------------------------------------------------------------------------------------------------

create table market.party (
    id text primary key,
    name text not null check (length(name) between 2 and 120),
    badge text not null,
    kinds integer not null check (kinds > 0),
    state text not null check (state in ('Pending', 'Approved', 'Declined', 'Suspended')),
    country text not null check (country ~ '^[A-Z]{2}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    reason text,
    created_at timestamptz not null,
    decided_at timestamptz,
    decided_by text,
    revision integer not null,
    changed_xid xid8 not null default pg_current_xact_id()
);
create index party_state on market.party (state, id);
create index party_changed on market.party (changed_xid);
create trigger party_stamp before insert or update on market.party for each row execute function market.stamp_change();

-- Supply -------------------------------------------------------------------------------------------------------------------

create table market.site (
    id text primary key,
    party_id text not null references market.party (id),
    name text not null,
    name_zh text not null,
    region text not null,
    country text not null check (country ~ '^[A-Z]{2}$'),
    tier text not null check (tier in ('Cloud', 'Edge', 'Terminal')),
    latitude double precision not null check (latitude between -90 and 90),
    longitude double precision not null check (longitude between -180 and 180),
    created_at timestamptz not null,
    changed_xid xid8 not null default pg_current_xact_id()
);
create index site_party on market.site (party_id);
create index site_changed on market.site (changed_xid);
create trigger site_stamp before insert or update on market.site for each row execute function market.stamp_change();

create table market.listing (
    id text primary key,
    party_id text not null references market.party (id),
    site_id text not null references market.site (id),
    cluster_id text not null,
    title text not null,
    device_model text,
    device_vendor text,
    device_stack text,
    device_memory_mib integer,
    cards integer not null check (cards > 0),
    sold_milli bigint not null default 0 check (sold_milli >= 0),
    held_milli bigint not null default 0 check (held_milli >= 0),
    min_cards integer not null check (min_cards >= 1),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    classes text[] not null check (cardinality(classes) > 0),
    sla numeric(9, 6) not null check (sla >= 0 and sla <= 1),
    allow_shared boolean not null,
    state text not null check (state in ('Draft', 'Live', 'Paused', 'Withdrawn')),
    revision integer not null,
    created_at timestamptz not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    -- The oversell guard: whatever the code believes, a listing never has more sold and held than it offers.
    constraint listing_not_oversold check (sold_milli + held_milli <= cards::bigint * 1000),
    constraint listing_minimum_fits check (min_cards <= cards)
);
create index listing_party on market.listing (party_id, id);
create index listing_cluster on market.listing (cluster_id, device_model);
create index listing_changed on market.listing (changed_xid);
create trigger listing_stamp before insert or update on market.listing for each row execute function market.stamp_change();

create table market.price_version (
    id text primary key,
    listing_id text not null references market.listing (id),
    party_id text not null,
    version integer not null check (version >= 1),
    price_per_card_hour numeric(38, 18) not null check (price_per_card_hour >= 0),
    effective_from timestamptz not null,
    recorded_at timestamptz not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    unique (listing_id, version)
);
create index price_version_changed on market.price_version (changed_xid);
create trigger price_version_stamp before insert on market.price_version for each row execute function market.stamp_change();
-- A price is never changed: the next version supersedes it.
revoke update, delete on market.price_version from marketplace_app;

-- Resale and offers --------------------------------------------------------------------------------------------------------

create table market.resale_authorization (
    id text primary key,
    listing_id text not null references market.listing (id),
    center_id text not null references market.party (id),
    operator_id text not null references market.party (id),
    -- The operator buys from the center; trade-shared rows name all three sides.
    customer_id text not null,
    min_markup numeric(9, 4) not null check (min_markup >= 0),
    max_markup numeric(9, 4) not null,
    state text not null check (state in ('Requested', 'Granted', 'Declined', 'Revoked')),
    created_at timestamptz not null,
    decided_at timestamptz,
    revision integer not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    constraint resale_authorization_limits check (max_markup >= min_markup),
    constraint resale_authorization_sides check (customer_id = operator_id and center_id <> operator_id)
);
create unique index resale_authorization_open on market.resale_authorization (listing_id, operator_id) where state in ('Requested', 'Granted');
create index resale_authorization_center on market.resale_authorization (center_id, id);
create index resale_authorization_operator on market.resale_authorization (operator_id, id);
create index resale_authorization_changed on market.resale_authorization (changed_xid);
create trigger resale_authorization_stamp before insert or update on market.resale_authorization
    for each row execute function market.stamp_change();

create table market.offer (
    id text primary key,
    party_id text not null references market.party (id),
    listing_id text not null references market.listing (id),
    title text not null,
    markup numeric(9, 4) not null check (markup >= 0),
    classes text[] not null check (cardinality(classes) > 0),
    white_label boolean not null,
    state text not null check (state in ('Draft', 'OnSale', 'Paused', 'Withdrawn')),
    revision integer not null,
    created_at timestamptz not null,
    changed_xid xid8 not null default pg_current_xact_id()
);
create index offer_party on market.offer (party_id, id);
create index offer_listing on market.offer (listing_id);
create index offer_changed on market.offer (changed_xid);
create trigger offer_stamp before insert or update on market.offer for each row execute function market.stamp_change();

-- Bundles ------------------------------------------------------------------------------------------------------------------

create table market.bundle (
    id text primary key,
    party_id text not null references market.party (id),
    latest_version integer not null check (latest_version >= 1),
    revision integer not null,
    created_at timestamptz not null
);
create index bundle_party on market.bundle (party_id, id);

create table market.bundle_version (
    bundle_id text not null references market.bundle (id),
    version integer not null check (version >= 1),
    party_id text not null,
    state text not null check (state in ('Draft', 'Published', 'Withdrawn')),
    title text not null,
    summary text not null,
    industry text not null,
    recipe jsonb not null,
    created_at timestamptz not null,
    published_at timestamptz,
    primary key (bundle_id, version)
);
create index bundle_version_published on market.bundle_version (bundle_id, version) where state = 'Published';

-- What customers may have ordered from never changes; only its state moves on.
create function market.keep_published_bundles() returns trigger
language plpgsql as $$
begin
    if old.state <> 'Draft' and (new.recipe, new.title, new.summary, new.industry, new.version, new.bundle_id)
        is distinct from (old.recipe, old.title, old.summary, old.industry, old.version, old.bundle_id) then
        raise exception 'Bundle % version % is published and cannot change.', old.bundle_id, old.version using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger bundle_version_immutable before update on market.bundle_version
    for each row execute function market.keep_published_bundles();
revoke delete on market.bundle_version from marketplace_app;

-- Capacity -----------------------------------------------------------------------------------------------------------------

create table market.capacity_claim (
    id text primary key,
    -- The center whose capacity it is.
    party_id text not null references market.party (id),
    listing_id text not null references market.listing (id),
    cluster_id text not null,
    reference text not null,
    ordinal integer not null,
    state text not null check (state in ('Held', 'Sold', 'Released')),
    card_milli bigint not null check (card_milli >= 0),
    expires_at timestamptz,
    created_at timestamptz not null,
    released_at timestamptz,
    constraint capacity_claim_hold_ends check (state <> 'Held' or expires_at is not null)
);
create unique index capacity_claim_active on market.capacity_claim (reference, ordinal) where state <> 'Released';
create index capacity_claim_reference on market.capacity_claim (reference);
create index capacity_claim_expiry on market.capacity_claim (expires_at) where state = 'Held';
create index capacity_claim_listing on market.capacity_claim (listing_id) where state <> 'Released';
create index capacity_claim_cluster on market.capacity_claim (cluster_id) where state <> 'Released';

create table market.capacity_grant (
    claim_id text not null references market.capacity_claim (id),
    ordinal integer not null,
    party_id text not null,
    node_id text not null,
    -- Empty: processor and memory of the node only.
    device_id text not null,
    compute_milli integer not null check (compute_milli between 0 and 1000),
    memory_mib integer not null check (memory_mib >= 0),
    cpu_milli integer not null check (cpu_milli >= 0),
    host_memory_mib integer not null check (host_memory_mib >= 0),
    primary key (claim_id, ordinal)
);
revoke update, delete on market.capacity_grant from marketplace_app;
revoke delete on market.capacity_claim from marketplace_app;

-- What active claims take of each device (and, with an empty device, of each node's processors and memory). The rows are what
-- two claims on the same card queue for, and their checks hold even when the code is wrong.
create table market.capacity_use (
    node_id text not null,
    device_id text not null,
    cluster_id text not null,
    compute_milli bigint not null default 0,
    memory_mib bigint not null default 0,
    memory_limit_mib bigint not null default 0,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (node_id, device_id),
    constraint capacity_use_not_negative check (compute_milli >= 0 and memory_mib >= 0),
    constraint capacity_use_one_card check (device_id = '' or compute_milli <= 1000),
    constraint capacity_use_memory check (device_id = '' or memory_mib <= memory_limit_mib)
);
create index capacity_use_changed on market.capacity_use (changed_xid);
create trigger capacity_use_stamp before insert or update on market.capacity_use for each row execute function market.stamp_change();
