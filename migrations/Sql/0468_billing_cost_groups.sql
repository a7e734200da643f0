-- What a contract was sold as and where it runs, beside whose spending it is: costs and earnings are grouped by these.
alter table billing.contract_scope
    add column bundle_id text,
    add column offer_id text,
    add column site_id text,
    add column cluster_id text;

-- A new database has no contracts, and no orders' tables yet at this number. One in the field learns what its contracts were.
do $$
begin
    if to_regclass('orders.contract') is not null then
        alter table billing.contract_scope disable trigger contract_scope_immutable;
        update billing.contract_scope s
        set bundle_id = q.request ->> 'bundleId', offer_id = c.plan -> 'terms' ->> 'offerId', site_id = c.site_id, cluster_id = c.cluster_id
        from orders.contract c
        join orders."order" o on o.id = c.order_id
        left join orders.quote q on q.id = o.quote_id
        where c.id = s.contract_id;
        alter table billing.contract_scope enable trigger contract_scope_immutable;
    end if;
end
$$;
