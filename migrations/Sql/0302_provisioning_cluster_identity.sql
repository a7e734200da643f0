-- A cluster is known by the UID of its namespace kube-system, and connected once, whoever connects it and by whatever address.
ALTER TABLE provisioning.cluster ADD COLUMN cluster_uid text;
CREATE UNIQUE INDEX cluster_connected_once ON provisioning.cluster (cluster_uid) WHERE state <> 'Disconnected';

-- The name of a disconnected cluster is free again.
ALTER TABLE provisioning.cluster DROP CONSTRAINT cluster_party_id_name_key;
CREATE UNIQUE INDEX cluster_named_once ON provisioning.cluster (party_id, name) WHERE state <> 'Disconnected';
