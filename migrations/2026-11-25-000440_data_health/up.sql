-- What must hold of numbers is checked on live data. What was found is added up by the day on which it was, so that the
-- table stays small however often it is checked.
CREATE TABLE analytics.identity_check (
  workspace_id uuid        NOT NULL,
  identity     smallint    NOT NULL,
  checked_on   date        NOT NULL,
  checked_at   timestamptz NOT NULL,
  checks       integer     NOT NULL,
  compared     bigint      NOT NULL,
  broken       bigint      NOT NULL,
  broken_at    timestamptz,
  example      text,
  CONSTRAINT identity_check_pkey PRIMARY KEY (workspace_id, identity, checked_on),
  CONSTRAINT identity_check_known CHECK (identity BETWEEN 1 AND 10),
  CONSTRAINT identity_check_counts_sensible CHECK (checks > 0 AND compared >= broken AND broken >= 0),
  CONSTRAINT identity_check_broken_whole CHECK (
    (broken > 0) = (broken_at IS NOT NULL) AND (broken > 0) = (example IS NOT NULL)
  ),
  CONSTRAINT identity_check_example_length CHECK (octet_length(example) <= 300)
);
CREATE INDEX identity_check_checked_on_idx ON analytics.identity_check (checked_on, workspace_id, identity);
COMMENT ON INDEX analytics.identity_check_checked_on_idx IS 'The checks of several workspaces since a day, and what is to be trimmed.';
COMMENT ON TABLE analytics.identity_check IS 'What checking identities on live data came to, by workspace, identity and day of checking; kept for 30 days.';
COMMENT ON COLUMN analytics.identity_check.workspace_id IS 'The tenant key; nil for several workspaces together.';
COMMENT ON COLUMN analytics.identity_check.identity IS '1 active users, 2 durations, 3 outcomes, 4 keys, 5 quarters, 6 workspaces, 7 revenue, 8 credits, 9 retention, 10 openings.';
COMMENT ON COLUMN analytics.identity_check.checked_on IS 'The UTC day on which it was checked.';
COMMENT ON COLUMN analytics.identity_check.checked_at IS 'When it was last checked on that day.';
COMMENT ON COLUMN analytics.identity_check.checks IS 'How often it was.';
COMMENT ON COLUMN analytics.identity_check.compared IS 'How much was compared.';
COMMENT ON COLUMN analytics.identity_check.broken IS 'Of that, what did not hold.';
COMMENT ON COLUMN analytics.identity_check.broken_at IS 'When that was last so; NULL where everything held.';
COMMENT ON COLUMN analytics.identity_check.example IS 'What was found then, in words; NULL where everything held.';

-- An execution is named by its workspace, its opening and its id: one that was opened twice is stored twice, and counted
-- twice. No constraint over months can forbid it.
CREATE TABLE analytics.execution_twin (
  workspace_id    uuid        NOT NULL,
  execution_id    uuid        NOT NULL,
  opened_at       timestamptz NOT NULL,
  other_opened_at timestamptz NOT NULL,
  found_at        timestamptz NOT NULL,
  CONSTRAINT execution_twin_pkey PRIMARY KEY (workspace_id, execution_id, opened_at, other_opened_at),
  CONSTRAINT execution_twin_ordered CHECK (opened_at < other_opened_at)
);
CREATE INDEX execution_twin_found_at_idx ON analytics.execution_twin (found_at, workspace_id, execution_id);
COMMENT ON INDEX analytics.execution_twin_found_at_idx IS 'The latest of several workspaces, and what is to be trimmed.';
COMMENT ON TABLE analytics.execution_twin IS 'Executions of one id that were opened at two times; kept for 30 days after they were last found.';
COMMENT ON COLUMN analytics.execution_twin.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.execution_twin.execution_id IS 'The id that both have.';
COMMENT ON COLUMN analytics.execution_twin.opened_at IS 'When the one was opened.';
COMMENT ON COLUMN analytics.execution_twin.other_opened_at IS 'When the other was, which is later.';
COMMENT ON COLUMN analytics.execution_twin.found_at IS 'When they were last found.';

ALTER TABLE analytics.identity_check ENABLE ROW LEVEL SECURITY;
CREATE POLICY identity_check_tenant ON analytics.identity_check USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);
ALTER TABLE analytics.execution_twin ENABLE ROW LEVEL SECURITY;
CREATE POLICY execution_twin_tenant ON analytics.execution_twin USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT ON analytics.identity_check, analytics.execution_twin TO shadow_app;
GRANT SELECT, INSERT, UPDATE (checked_at, checks, compared, broken, broken_at, example), DELETE
  ON analytics.identity_check TO shadow_jobs;
GRANT SELECT, INSERT, UPDATE (found_at), DELETE ON analytics.execution_twin TO shadow_jobs;
