-- Boards of users come from a daily summary that a job makes of days that are over. It is of no partial: users are no
-- dimension of cells. It names people by the number that stands for them in sets of users, which passes to the pseudonym of
-- whoever is erased, so that an erasure has nothing to change here.
CREATE TABLE analytics.user_day_made (
  workspace_id uuid        NOT NULL,
  day          date        NOT NULL,
  version      bigint      NOT NULL,
  definition   smallint    NOT NULL,
  made_at      timestamptz NOT NULL,
  CONSTRAINT user_day_made_pkey PRIMARY KEY (workspace_id, day)
);
COMMENT ON TABLE analytics.user_day_made IS 'Days of workspaces whose users were summed up in user_day.';
COMMENT ON COLUMN analytics.user_day_made.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.user_day_made.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.user_day_made.version IS 'The day''s page version in the state that was summed up. While it is still that, and nothing of the day waits to be compacted, the summary is what facts amount to; else nobody reads it.';
COMMENT ON COLUMN analytics.user_day_made.definition IS 'By which definition of the summary; one of another is not read, and made anew.';
COMMENT ON COLUMN analytics.user_day_made.made_at IS 'When it was made.';

CREATE TABLE analytics.user_day (
  workspace_id  uuid          NOT NULL,
  day           date          NOT NULL,
  user_ordinal  integer       NOT NULL,
  last_at       timestamptz   NOT NULL,
  quarters      bit(96)       NOT NULL,
  runs          integer       NOT NULL,
  completed     integer       NOT NULL,
  failed        integer       NOT NULL,
  cancelled     integer       NOT NULL,
  timed_out     integer       NOT NULL,
  unknown       integer       NOT NULL,
  activities    integer       NOT NULL,
  credits_micro bigint,
  sessions      uuid[]        NOT NULL,
  visit_starts  timestamptz[] NOT NULL,
  visit_ends    timestamptz[] NOT NULL,
  CONSTRAINT user_day_pkey PRIMARY KEY (workspace_id, day, user_ordinal)
);
COMMENT ON TABLE analytics.user_day IS 'What each user ran and did on a UTC day in a workspace, for days of user_day_made. Users who did nothing have no row.';
COMMENT ON COLUMN analytics.user_day.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.user_day.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.user_day.user_ordinal IS 'The number of the user in ordinal. It stays when the user is erased.';
COMMENT ON COLUMN analytics.user_day.last_at IS 'The last time on the day at which the user asked for an execution or did something.';
COMMENT ON COLUMN analytics.user_day.quarters IS 'A bit for each quarter-hour of the day, set where the user was active: so it is known on which days of any zone that was.';
COMMENT ON COLUMN analytics.user_day.runs IS 'Executions that the user asked for, by the time of their opening.';
COMMENT ON COLUMN analytics.user_day.completed IS 'How many of them completed.';
COMMENT ON COLUMN analytics.user_day.failed IS 'How many failed.';
COMMENT ON COLUMN analytics.user_day.cancelled IS 'How many were cancelled.';
COMMENT ON COLUMN analytics.user_day.timed_out IS 'How many timed out.';
COMMENT ON COLUMN analytics.user_day.unknown IS 'How many ended nobody knows how.';
COMMENT ON COLUMN analytics.user_day.activities IS 'What else the user did, token refreshes left out.';
COMMENT ON COLUMN analytics.user_day.credits_micro IS 'Millionths of a credit that the runs consumed; NULL where none says.';
COMMENT ON COLUMN analytics.user_day.sessions IS 'The sessions that activities name, each once: the first half of the SHA-256 of its name, so that one of several days is counted once.';
COMMENT ON COLUMN analytics.user_day.visit_starts IS 'When the visits began that are told apart by silence, for activities that name no session.';
COMMENT ON COLUMN analytics.user_day.visit_ends IS 'When each of these was last heard of on the day. The next day may go on with the last one.';

ALTER TABLE analytics.user_day_made ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_day_made_tenant ON analytics.user_day_made USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);
ALTER TABLE analytics.user_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_day_tenant ON analytics.user_day USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT ON analytics.user_day_made, analytics.user_day TO shadow_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.user_day_made TO shadow_jobs;
GRANT SELECT, INSERT, DELETE ON analytics.user_day TO shadow_jobs;
