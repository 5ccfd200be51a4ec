-- Lists of groups of errors come from a daily summary, too. The same job makes it with that of users, in one transaction: so
-- what user_day_made says of one holds of the other.
CREATE TABLE analytics.error_day (
  workspace_id uuid  NOT NULL,
  day          date  NOT NULL,
  errors       bytea NOT NULL,
  CONSTRAINT error_day_pkey PRIMARY KEY (workspace_id, day)
);
COMMENT ON TABLE analytics.error_day IS 'What the errors of a UTC day in a workspace amount to, for days of user_day_made. Days without errors have no row.';
COMMENT ON COLUMN analytics.error_day.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.error_day.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.error_day.errors IS 'By group and kind of errors: how many were opened in which quarter-hour, the credits that were lost, and whom they hit: agents and users by their numbers in ordinal, which stay when somebody is erased.';

-- A list reads all days of a month and every byte of them: where a row fits into a page, it is not worth looking up apart.
ALTER TABLE analytics.error_day SET (toast_tuple_target = 8160);
ALTER TABLE analytics.error_day ALTER COLUMN errors SET STORAGE EXTERNAL;

COMMENT ON TABLE analytics.user_day_made IS 'Days of workspaces that were summed up: their users in user_day, their errors in error_day.';

ALTER TABLE analytics.error_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY error_day_tenant ON analytics.error_day USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT ON analytics.error_day TO shadow_app;
GRANT SELECT, INSERT, DELETE ON analytics.error_day TO shadow_jobs;
-- Errors hit people, too, for whom only programs have asked for anything: they have no number yet.
GRANT INSERT ON analytics.ordinal TO shadow_jobs;

-- That summaries are what facts amount to is checked like everything else.
ALTER TABLE analytics.identity_check DROP CONSTRAINT identity_check_known;
ALTER TABLE analytics.identity_check ADD CONSTRAINT identity_check_known CHECK (identity BETWEEN 1 AND 12);
COMMENT ON COLUMN analytics.identity_check.identity IS '1 active users, 2 durations, 3 outcomes, 4 keys, 5 quarters, 6 workspaces, 7 revenue, 8 credits, 9 retention, 10 openings, 11 platform, 12 summaries.';
