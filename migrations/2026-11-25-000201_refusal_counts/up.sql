-- How many events were refused. What was wrong with each of them its producer was told; here is what people look at.
CREATE TABLE analytics.refusal_count (
  workspace_id uuid        NOT NULL,
  hour         timestamptz NOT NULL,
  reason       smallint    NOT NULL,
  field        text        NOT NULL,
  events       bigint      NOT NULL,
  last_at      timestamptz NOT NULL,
  CONSTRAINT refusal_count_pkey PRIMARY KEY (workspace_id, hour, reason, field),
  CONSTRAINT refusal_count_hour_whole CHECK (date_trunc('hour', hour, 'UTC') = hour),
  CONSTRAINT refusal_count_reason_known CHECK (reason > 0),
  CONSTRAINT refusal_count_field_length CHECK (octet_length(field) <= 128),
  CONSTRAINT refusal_count_events_positive CHECK (events > 0)
);
CREATE INDEX refusal_count_hour_idx ON analytics.refusal_count (hour, workspace_id, reason, field);
COMMENT ON INDEX analytics.refusal_count_hour_idx IS 'The list of several workspaces, the latest hour first, and what is to be trimmed.';
COMMENT ON TABLE analytics.refusal_count IS 'Events that were refused, by workspace, hour, reason and field; kept for 30 days.';
COMMENT ON COLUMN analytics.refusal_count.workspace_id IS 'The tenant key; nil where the event named no workspace into which its caller may publish.';
COMMENT ON COLUMN analytics.refusal_count.hour IS 'The hour in which they came, its first instant.';
COMMENT ON COLUMN analytics.refusal_count.reason IS '1 missing, 2 malformed, 3 out of range, 4 conflict, 5 not permitted, 6 too old.';
COMMENT ON COLUMN analytics.refusal_count.field IS 'The field at fault, as a path; empty where more of them were wrong at once than are told apart.';
COMMENT ON COLUMN analytics.refusal_count.events IS 'How many events.';
COMMENT ON COLUMN analytics.refusal_count.last_at IS 'When the latest of them came.';

ALTER TABLE analytics.refusal_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY refusal_count_tenant ON analytics.refusal_count USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT, UPDATE (events, last_at) ON analytics.refusal_count TO shadow_app;
GRANT SELECT, DELETE ON analytics.refusal_count TO shadow_jobs;
