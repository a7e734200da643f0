CREATE TABLE provisioning.cluster (
  id text PRIMARY KEY,
  party_id text NOT NULL,
  site_id text NOT NULL,
  name text NOT NULL,
  encrypted_kubeconfig text NOT NULL,
  server text NOT NULL,
  version text,
  state text NOT NULL,
  last_error text,
  last_contact_at timestamptz,
  created_at timestamptz NOT NULL,
  lease_owner text,
  lease_until timestamptz,
  inventory_version bigint NOT NULL DEFAULT 0,
  UNIQUE (party_id, name)
);

CREATE TABLE provisioning.inventory (
  cluster_id text PRIMARY KEY REFERENCES provisioning.cluster (id),
  party_id text NOT NULL,
  version bigint NOT NULL,
  at timestamptz NOT NULL,
  content jsonb NOT NULL
);

CREATE TABLE provisioning.workload (
  id text PRIMARY KEY,
  contract_id text NOT NULL UNIQUE,
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL,
  cluster_id text NOT NULL REFERENCES provisioning.cluster (id),
  product text NOT NULL,
  desired jsonb NOT NULL,
  desired_hash text NOT NULL,
  generation bigint NOT NULL,
  observed_generation bigint NOT NULL,
  not_after timestamptz NOT NULL,
  stop_requested boolean NOT NULL,
  stop_reason text,
  phase text NOT NULL,
  desired_replicas integer NOT NULL,
  ready_replicas integer NOT NULL,
  finished_replicas integer NOT NULL,
  pods jsonb NOT NULL,
  completed boolean NOT NULL,
  ready_at timestamptz,
  ended_at timestamptz,
  failure_code text,
  failure_text text,
  created_at timestamptz NOT NULL
);
-- A worker that takes over a cluster reads what is still wanted or still there.
CREATE INDEX workload_live ON provisioning.workload (cluster_id) WHERE phase <> 'Terminated';

CREATE TABLE provisioning.workload_event (
  contract_id text NOT NULL,
  event_key text NOT NULL,
  at timestamptz NOT NULL,
  code text NOT NULL,
  arguments text[] NOT NULL,
  text text NOT NULL,
  severity text NOT NULL,
  raw text,
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL,
  PRIMARY KEY (contract_id, event_key)
);

CREATE TABLE provisioning.allocation (
  pod_uid text PRIMARY KEY,
  contract_id text NOT NULL,
  cluster_id text NOT NULL,
  pod_name text NOT NULL,
  node text NOT NULL,
  device_model text,
  cards numeric(18, 6) NOT NULL CHECK (cards >= 0),
  ready_at timestamptz NOT NULL,
  finished_at timestamptz,
  measured_card_seconds numeric(38, 6) NOT NULL CHECK (measured_card_seconds >= 0),
  measured_to timestamptz NOT NULL,
  final boolean NOT NULL,
  customer_id text NOT NULL,
  operator_id text NOT NULL,
  center_id text NOT NULL
);
CREATE INDEX allocation_open ON provisioning.allocation (cluster_id) WHERE NOT final;
CREATE INDEX allocation_contract ON provisioning.allocation (contract_id);
