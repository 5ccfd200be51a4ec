-- What people do on the platform, one row each. Not partitioned: a row is reached by its whole key where a repeat is
-- compared, and by a range of keys where pages are rebuilt.
CREATE TABLE analytics.activity (
  workspace_id uuid        NOT NULL,
  occurred_at  timestamptz NOT NULL,
  event_id     uuid        NOT NULL,
  user_id      text        NOT NULL,
  type         smallint    NOT NULL,
  session_id   text,
  name         text,
  path         text,
  device       text,
  CONSTRAINT activity_pkey PRIMARY KEY (workspace_id, occurred_at, event_id),
  CONSTRAINT activity_type_known CHECK (type BETWEEN 1 AND 11)
);

COMMENT ON TABLE analytics.activity IS 'What people did on the platform, each as it was reported.';
COMMENT ON COLUMN analytics.activity.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.activity.occurred_at IS 'When it was done. It is counted in the cell of this time.';
COMMENT ON COLUMN analytics.activity.event_id IS 'The producer''s id of the event.';
COMMENT ON COLUMN analytics.activity.user_id IS 'Who did it.';
COMMENT ON COLUMN analytics.activity.type IS 'What was done: 1 page view, 2 feature use, 3 login, 4 logout, 5 token refresh, 6 api call, 7 export, 8 report view, 9 workspace switch, 10 error, 11 custom.';
COMMENT ON COLUMN analytics.activity.session_id IS 'The visit that it belongs to; NULL where unknown.';
COMMENT ON COLUMN analytics.activity.name IS 'The page, feature or custom activity; NULL where unknown.';
COMMENT ON COLUMN analytics.activity.path IS 'The path that was visited; NULL where unknown.';
COMMENT ON COLUMN analytics.activity.device IS 'Class of device; NULL where unknown.';

ALTER TABLE analytics.activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY activity_tenant ON analytics.activity USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT ON analytics.activity TO shadow_app;
GRANT SELECT ON analytics.activity TO shadow_jobs;
