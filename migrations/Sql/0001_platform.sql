CREATE TABLE platform.outbox_message (
  id text PRIMARY KEY,
  type text NOT NULL,
  key text,
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  delivered_at timestamptz,
  dead_at timestamptz,
  last_error text
);
-- The dispatcher reads only what is still open: both indexes stay as small as the backlog.
CREATE INDEX outbox_message_open ON platform.outbox_message (id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_message_open_key ON platform.outbox_message (key, id) WHERE delivered_at IS NULL AND dead_at IS NULL AND key IS NOT NULL;

CREATE TABLE platform.inbox_entry (
  message_id text NOT NULL,
  handler text NOT NULL,
  handled_at timestamptz NOT NULL,
  PRIMARY KEY (message_id, handler)
);
