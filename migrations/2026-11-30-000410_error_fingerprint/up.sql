-- Which errors are the same error is decided where an execution is stored: its kind and the pattern of its message, as one
-- id. So groups are found by an index and counted by the server, and no message is read for it.
ALTER TABLE analytics.execution ADD COLUMN error_fingerprint uuid;
COMMENT ON COLUMN analytics.execution.error_fingerprint IS
  'The group of its error; NULL where there is no error, or while a row of a version before has none yet.';

-- The new column is empty: the index costs one pass over the table and no space, and later only what fails is in it. It
-- serves the errors of a time, which are those of few months, as well as all of one group in order.
CREATE INDEX execution_error_idx ON analytics.execution (workspace_id, error_fingerprint, opened_at)
  WHERE error_fingerprint IS NOT NULL;
COMMENT ON INDEX analytics.execution_error_idx IS 'Errors of a time by group, and one group from its first to its last.';

-- Empty once every error has its group.
CREATE INDEX execution_error_nameless_idx ON analytics.execution (workspace_id, opened_at, execution_id)
  WHERE error_fingerprint IS NULL AND (outcome IN (2, 4) OR error_kind IS NOT NULL OR error_message IS NOT NULL);
COMMENT ON INDEX analytics.execution_error_nameless_idx IS
  'Errors that a version before has stored without their group, for the job that finds it.';

-- A type of its own beside the one before, as the version before writes its columns.
CREATE TYPE analytics.execution_input_3 AS (
  workspace_id      uuid,
  opened_at         timestamptz,
  execution_id      uuid,
  agent_id          text,
  agent_version     text,
  trigger           smallint,
  environment       text,
  user_id           text,
  timeout_micros    bigint,
  started_at        timestamptz,
  ended_at          timestamptz,
  outcome           smallint,
  duration_micros   bigint,
  model             text,
  provider          text,
  input_tokens      bigint,
  output_tokens     bigint,
  credits_micro     bigint,
  cost_currency     text,
  cost_micros       bigint,
  error_kind        text,
  error_message     text,
  error_fingerprint uuid,
  feedback_at       timestamptz,
  rating            smallint,
  feedback_comment  text,
  feedback_user_id  text,
  seen              smallint
);
COMMENT ON TYPE analytics.execution_input_3 IS
  'An execution as a batch brings it: the columns of analytics.execution that come from outside, in the order in which the application writes them.';
COMMENT ON TYPE analytics.execution_input_2 IS
  'An execution as a batch of the version before groups of errors brings it. No later version uses it.';

-- The job that names what a version before has stored.
GRANT UPDATE (error_fingerprint) ON analytics.execution TO shadow_jobs;
