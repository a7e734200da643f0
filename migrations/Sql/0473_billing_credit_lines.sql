-- Buying on invoice: what the network lends a customer for holds that its credit does not cover, up to a line the desk sets (ADR 0080).

-- Lent for holds, not yet on an invoice and not yet given back.
insert into billing.account_kind (kind, class, owner, authorising) values ('advance', 'asset', 'party', false);

create table billing.credit_line (
    party_id text not null,
    currency text not null,
    -- Micro-units; zero ends it.
    amount bigint not null check (amount >= 0),
    reason text not null,
    set_at timestamptz not null,
    primary key (party_id, currency)
);
revoke update, delete on billing.credit_line from marketplace_app;
grant update (amount, reason, set_at) on billing.credit_line to marketplace_app;
create trigger credit_line_kept before delete on billing.credit_line for each row execute function billing.refuse_change();
create trigger credit_line_not_emptied before truncate on billing.credit_line for each statement execute function billing.refuse_change();
