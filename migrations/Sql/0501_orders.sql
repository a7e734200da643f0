CREATE TABLE orders.quote (
  id text PRIMARY KEY,
  party_id text NOT NULL,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('Issued', 'Accepted', 'Expired', 'Withdrawn')),
  idempotency_key text NOT NULL,
  request_hash text NOT NULL,
  request jsonb NOT NULL,
  plan jsonb NOT NULL,
  alternatives jsonb NOT NULL,
  currency text NOT NULL,
  net_micros bigint NOT NULL CHECK (net_micros >= 0),
  tax_micros bigint NOT NULL CHECK (tax_micros >= 0),
  order_id text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (party_id, idempotency_key),
  -- A quote has an order exactly when it was accepted.
  CHECK ((state = 'Accepted') = (order_id IS NOT NULL))
);
CREATE INDEX quote_open ON orders.quote (expires_at) WHERE state = 'Issued';
CREATE INDEX quote_party ON orders.quote (party_id, id DESC);

CREATE TABLE orders."order" (
  id text PRIMARY KEY,
  party_id text NOT NULL,
  name text NOT NULL,
  -- One quote makes one order, whatever happens in parallel.
  quote_id text UNIQUE REFERENCES orders.quote (id),
  bulk_order_id text,
  currency text NOT NULL,
  idempotency_key text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (party_id, idempotency_key)
);
CREATE INDEX order_party ON orders."order" (party_id, id DESC);
CREATE INDEX order_bulk ON orders."order" (bulk_order_id) WHERE bulk_order_id IS NOT NULL;

CREATE TABLE orders.order_line (
  id text PRIMARY KEY,
  order_id text NOT NULL REFERENCES orders."order" (id),
  party_id text NOT NULL,
  number integer NOT NULL CHECK (number > 0),
  state text NOT NULL,
  description text NOT NULL,
  held_micros bigint NOT NULL CHECK (held_micros >= 0),
  contract_id text,
  problem text,
  UNIQUE (order_id, number)
);

CREATE TABLE orders.contract (
  id text PRIMARY KEY,
  order_id text NOT NULL REFERENCES orders."order" (id),
  line_id text NOT NULL UNIQUE REFERENCES orders.order_line (id),
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL,
  site_id text NOT NULL,
  cluster_id text NOT NULL,
  name text NOT NULL,
  product text NOT NULL,
  device_model text,
  card_milli bigint NOT NULL CHECK (card_milli > 0),
  class text NOT NULL,
  state text NOT NULL,
  reason_number integer,
  reason_text text,
  plan jsonb NOT NULL,
  currency text NOT NULL,
  retail_per_card_hour numeric(38, 18) NOT NULL CHECK (retail_per_card_hour >= 0),
  wholesale_per_card_hour numeric(38, 18) NOT NULL CHECK (wholesale_per_card_hour >= 0),
  tax_rate numeric(9, 6) NOT NULL,
  held_micros bigint NOT NULL CHECK (held_micros >= 0),
  hours numeric(18, 6) NOT NULL CHECK (hours > 0),
  created_at timestamptz NOT NULL,
  ready_at timestamptz,
  ends_at timestamptz NOT NULL,
  stop_requested_at timestamptz,
  ended_at timestamptz,
  silent_since timestamptz
);
CREATE INDEX contract_customer ON orders.contract (customer_id, id DESC);
CREATE INDEX contract_operator ON orders.contract (operator_id, id DESC);
CREATE INDEX contract_center ON orders.contract (center_id, id DESC);
CREATE INDEX contract_open_end ON orders.contract (ends_at) WHERE ended_at IS NULL;
CREATE INDEX contract_open_cluster ON orders.contract (cluster_id) WHERE ended_at IS NULL;

CREATE TABLE orders.contract_event (
  contract_id text NOT NULL REFERENCES orders.contract (id),
  number integer NOT NULL,
  at timestamptz NOT NULL,
  code text NOT NULL,
  detail text NOT NULL,
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL,
  PRIMARY KEY (contract_id, number)
);

CREATE TABLE orders.bulk_order (
  id text PRIMARY KEY,
  party_id text NOT NULL,
  mode text NOT NULL,
  dry_run boolean NOT NULL,
  max_unit_price numeric(38, 18),
  state text NOT NULL,
  idempotency_key text NOT NULL,
  request_hash text NOT NULL,
  line_count integer NOT NULL CHECK (line_count BETWEEN 1 AND 10000),
  problem_json jsonb,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  UNIQUE (party_id, idempotency_key)
);

CREATE TABLE orders.bulk_line (
  bulk_order_id text NOT NULL REFERENCES orders.bulk_order (id),
  line integer NOT NULL,
  party_id text NOT NULL,
  request_json jsonb NOT NULL,
  status text NOT NULL,
  order_id text,
  contract_id text,
  offer_id text,
  total_micros bigint,
  currency text,
  problem_json jsonb,
  PRIMARY KEY (bulk_order_id, line)
);
