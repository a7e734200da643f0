-- A workload that is to rest without losing anything; until when its customer pays while it is being stopped; and what the cluster last said of
-- its pods, which is the proof that a stop has happened.
ALTER TABLE provisioning.workload
  ADD COLUMN suspend_requested boolean NOT NULL DEFAULT false,
  ADD COLUMN charge_until timestamptz,
  ADD COLUMN suspensions integer NOT NULL DEFAULT 0,
  ADD COLUMN resumed_at timestamptz,
  ADD COLUMN living_pods integer NOT NULL DEFAULT 0,
  ADD COLUMN reported_at timestamptz;
