-- Since when a contract has a replica whose place can serve no longer and that found no other one.
ALTER TABLE orders.contract ADD COLUMN place_lost_since timestamptz;
CREATE INDEX contract_place_lost ON orders.contract (cluster_id) WHERE place_lost_since IS NOT NULL;
