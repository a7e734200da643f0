-- Stops for money and their proof: a stop is verified only by what the cluster reports of the generation that asks for it (ADR 0065).
CREATE TABLE orders.stop (
  id text PRIMARY KEY,
  contract_id text NOT NULL REFERENCES orders.contract (id),
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL,
  cluster_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('End', 'Suspend')),
  state text NOT NULL CHECK (state IN ('Requested', 'Overdue', 'Verified', 'RunningAgain', 'Withdrawn')),
  reason_number integer NOT NULL,
  reason_text text NOT NULL,
  -- The spending limit that asked for it, when one did.
  limit_id text,
  requested_at timestamptz NOT NULL,
  -- What runs after it is charged to nobody.
  charge_until timestamptz NOT NULL CHECK (charge_until >= requested_at),
  generation bigint NOT NULL CHECK (generation > 0),
  -- Since when the proof is waited for: the request, or the moment pods were seen again.
  waits_since timestamptz NOT NULL,
  last_seen_at timestamptz,
  last_seen_pods integer CHECK (last_seen_pods >= 0),
  verified_at timestamptz,
  overdue_at timestamptz,
  found_again integer NOT NULL DEFAULT 0,
  closed_at timestamptz,
  CHECK ((state = 'Withdrawn') = (closed_at IS NOT NULL)),
  CHECK (state <> 'Verified' OR verified_at IS NOT NULL)
);
-- One stop of a kind waits for its proof at a time.
CREATE UNIQUE INDEX stop_waiting ON orders.stop (contract_id, kind) WHERE state IN ('Requested', 'Overdue', 'RunningAgain');
CREATE INDEX stop_contract ON orders.stop (contract_id, id DESC);
REVOKE DELETE ON orders.stop FROM marketplace_app;

-- When a contract came to rest and when it was asked to go on: the time in between is not part of what was bought.
ALTER TABLE orders.contract
  ADD COLUMN suspended_at timestamptz,
  ADD COLUMN resume_requested_at timestamptz;
CREATE INDEX contract_open_customer ON orders.contract (customer_id, currency) WHERE ended_at IS NULL;
