-- The rest of the chart of accounts: disputes, refunds, payouts, reservations, service credits and what nobody claims.
alter table billing.account_kind drop constraint account_kind_owner_check;
alter table billing.account_kind add constraint account_kind_owner_check
    check (owner in ('party', 'jurisdiction', 'reservation', 'network'));

insert into billing.account_kind (kind, class, owner, authorising) values
    ('bank', 'asset', 'network', false),
    -- What a payment provider took back and may return.
    ('dispute_recv', 'asset', 'network', false),
    -- What a customer owes after a lost dispute that its credit did not cover.
    ('clawback', 'asset', 'party', false),
    -- Credit under dispute: still the customer's, not to be spent.
    ('customer.frozen', 'liability', 'party', true),
    -- Prepaid and not served yet, by reservation.
    ('deferred', 'liability', 'reservation', false),
    ('refund_transit', 'liability', 'network', false),
    ('transfer_transit', 'liability', 'network', false),
    ('unclaimed', 'liability', 'network', false),
    ('breakage', 'income', 'network', false),
    ('sla', 'expense', 'network', false),
    ('cb_loss', 'expense', 'network', false),
    ('bad_debt', 'expense', 'network', false);

-- As before; a wallet has no frozen account until something is frozen.
create or replace function billing.lock_wallet(wallet_party text, wallet_currency text) returns table (wallet_kind text, wallet_micros bigint)
language plpgsql security definer set search_path = billing, pg_temp as $$
begin
    insert into account (kind, qualifier, party_id, currency, class, authorising)
    select k.kind, wallet_party, wallet_party, wallet_currency, k.class, k.authorising
    from account_kind k
    where k.kind in ('customer.available', 'customer.promo', 'customer.held')
      and not exists (select from account a where a.kind = k.kind and a.qualifier = wallet_party and a.currency = wallet_currency)
    order by k.kind
    on conflict do nothing;
    return query
        select a.kind, a.credits - a.debits
        from account a
        where a.qualifier = wallet_party and a.currency = wallet_currency and a.authorising
        order by a.id
        for no key update;
end
$$;
