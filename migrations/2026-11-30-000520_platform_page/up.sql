-- The platform is the merge over workspaces. Days that are over are merged once, by a job, for those who ask about all
-- workspaces together; whether that is still what the workspaces' pages amount to is known from counts of changes.

-- One row for each workspace and day, so that nobody waits for anybody: whoever changes pages holds the lock of their
-- workspace already.
CREATE TABLE analytics.page_version (
  workspace_id uuid   NOT NULL,
  day          date   NOT NULL,
  version      bigint NOT NULL,
  CONSTRAINT page_version_pkey PRIMARY KEY (workspace_id, day),
  CONSTRAINT page_version_positive CHECK (version > 0)
) WITH (fillfactor = 80);
CREATE INDEX page_version_day_idx ON analytics.page_version (day, workspace_id);
COMMENT ON INDEX analytics.page_version_day_idx IS 'The sum of a day over all workspaces.';
COMMENT ON TABLE analytics.page_version IS 'How often the pages of a workspace''s day have changed. Rows are never deleted and only count up, so that of two states one after the other an equal sum means the same pages.';
COMMENT ON COLUMN analytics.page_version.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.page_version.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.page_version.version IS 'How many statements have written or deleted pages of the day, each in the transaction of the change.';

-- Pages that are there already count as one change.
INSERT INTO analytics.page_version (workspace_id, day, version)
SELECT DISTINCT workspace_id, day, 1
FROM analytics.partial_page
WHERE dimension = 0;

CREATE TABLE analytics.platform_day (
  day       date        NOT NULL,
  version   bigint      NOT NULL,
  folded_at timestamptz NOT NULL,
  CONSTRAINT platform_day_pkey PRIMARY KEY (day)
);
COMMENT ON TABLE analytics.platform_day IS 'Days whose pages of all workspaces were merged into those of the platform.';
COMMENT ON COLUMN analytics.platform_day.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.platform_day.version IS 'The sum of the day''s page versions over all workspaces in the state that was merged. While it is still the sum, the pages of the platform are what those of the workspaces amount to; else nobody reads them.';
COMMENT ON COLUMN analytics.platform_day.folded_at IS 'When it was merged.';

CREATE TABLE analytics.platform_page (
  dimension smallint NOT NULL,
  day       date     NOT NULL,
  key       text     NOT NULL,
  whole_day bytea    NOT NULL,
  quarters  bytea    NOT NULL,
  CONSTRAINT platform_page_pkey PRIMARY KEY (dimension, day, key)
);
COMMENT ON TABLE analytics.platform_page IS 'All that a day, a dimension and a key amount to in all workspaces together, for days of platform_day. Agents belong to their workspace and are not in it.';
COMMENT ON COLUMN analytics.platform_page.dimension IS 'What the key is of: 0 total, 2 trigger, 3 environment, 4 model, 5 provider, 6 error kind.';
COMMENT ON COLUMN analytics.platform_page.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.platform_page.key IS 'The key; empty for the total and for unknown.';
COMMENT ON COLUMN analytics.platform_page.whole_day IS 'Canonical bytes of the merged day.';
COMMENT ON COLUMN analytics.platform_page.quarters IS 'Canonical bytes of the quarter-hours that are not empty.';

ALTER TABLE analytics.page_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY page_version_tenant ON analytics.page_version USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);
-- What is of all workspaces is for those alone who may see all.
ALTER TABLE analytics.platform_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_day_everything ON analytics.platform_day USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
);
ALTER TABLE analytics.platform_page ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_page_everything ON analytics.platform_page USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
);

GRANT SELECT ON analytics.page_version, analytics.platform_day, analytics.platform_page TO shadow_app;
GRANT SELECT, INSERT, UPDATE ON analytics.page_version TO shadow_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.platform_day, analytics.platform_page TO shadow_jobs;

-- That the platform's pages are what those of the workspaces amount to is checked like everything else.
ALTER TABLE analytics.identity_check DROP CONSTRAINT identity_check_known;
ALTER TABLE analytics.identity_check ADD CONSTRAINT identity_check_known CHECK (identity BETWEEN 1 AND 11);
COMMENT ON COLUMN analytics.identity_check.identity IS '1 active users, 2 durations, 3 outcomes, 4 keys, 5 quarters, 6 workspaces, 7 revenue, 8 credits, 9 retention, 10 openings, 11 platform.';
