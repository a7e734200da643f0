-- Under which project something was ordered, and who ordered it: a person or a credential of the customer. Both are null for what was ordered
-- before, and the project where none was named.
ALTER TABLE orders.quote ADD COLUMN project_id text;
ALTER TABLE orders."order"
  ADD COLUMN project_id text,
  ADD COLUMN member_id text;
ALTER TABLE orders.contract
  ADD COLUMN project_id text,
  ADD COLUMN member_id text;
ALTER TABLE orders.bulk_order ADD COLUMN member_id text;
CREATE INDEX order_project ON orders."order" (party_id, project_id, id DESC) WHERE project_id IS NOT NULL;
CREATE INDEX contract_project ON orders.contract (customer_id, project_id, id DESC) WHERE project_id IS NOT NULL;

-- Contracts sold before budgets count for their organisation, at what an hour of them costs with tax.
INSERT INTO billing.contract_scope (contract_id, party_id, project_id, member_id, per_hour)
SELECT c.id, c.customer_id, NULL, NULL, round(c.retail_per_card_hour * c.card_milli / 1000 * (1 + c.tax_rate) * 1000000)::bigint
FROM orders.contract c
JOIN billing.contract_terms t ON t.contract_id = c.id;
