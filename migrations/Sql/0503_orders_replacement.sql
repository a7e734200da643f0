-- Since when a contract has a replica whose place can serve no longer and that found no other one; and whether it was given places where its
-- pods have not been seen yet.
ALTER TABLE orders.contract
  ADD COLUMN place_lost_since timestamptz,
  ADD COLUMN place_unsettled boolean NOT NULL DEFAULT false;
CREATE INDEX contract_place_watched ON orders.contract (cluster_id) WHERE place_lost_since IS NOT NULL OR place_unsettled;
