-- What executions did, step by step, one row each. Not partitioned: a row is reached by its whole key where a repeat is
-- compared, and by the key of its execution where pages are rebuilt. Who the execution is stands in its own row, which is
-- there first.
CREATE TABLE analytics.execution_step (
  workspace_id  uuid        NOT NULL,
  opened_at     timestamptz NOT NULL,
  execution_id  uuid        NOT NULL,
  number        integer     NOT NULL,
  kind          smallint    NOT NULL,
  name          text,
  started_at    timestamptz,
  ended_at      timestamptz NOT NULL,
  status        smallint    NOT NULL,
  input_tokens  bigint,
  output_tokens bigint,
  error_kind    text,
  error_message text,
  CONSTRAINT execution_step_pkey PRIMARY KEY (workspace_id, opened_at, execution_id, number),
  CONSTRAINT execution_step_number_counts CHECK (number >= 1),
  CONSTRAINT execution_step_kind_known CHECK (kind BETWEEN 1 AND 4),
  CONSTRAINT execution_step_status_known CHECK (status BETWEEN 1 AND 3)
);

COMMENT ON TABLE analytics.execution_step IS 'What executions did, each step as it was reported.';
COMMENT ON COLUMN analytics.execution_step.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.execution_step.opened_at IS 'When the execution was asked for. The step is counted in the cell of this time.';
COMMENT ON COLUMN analytics.execution_step.execution_id IS 'The execution that it belongs to.';
COMMENT ON COLUMN analytics.execution_step.number IS 'Its number within the execution, from 1.';
COMMENT ON COLUMN analytics.execution_step.kind IS 'What it did: 1 model call, 2 tool call, 3 retrieval, 4 other.';
COMMENT ON COLUMN analytics.execution_step.name IS 'The model, tool or source; NULL where unknown.';
COMMENT ON COLUMN analytics.execution_step.started_at IS 'When it began; NULL where unknown.';
COMMENT ON COLUMN analytics.execution_step.ended_at IS 'When it ended.';
COMMENT ON COLUMN analytics.execution_step.status IS 'How it ended: 1 completed, 2 failed, 3 cancelled.';
COMMENT ON COLUMN analytics.execution_step.input_tokens IS 'Tokens a model read; NULL where unknown.';
COMMENT ON COLUMN analytics.execution_step.output_tokens IS 'Tokens a model wrote; NULL where unknown.';
COMMENT ON COLUMN analytics.execution_step.error_kind IS 'Short class of the error; NULL where there is none.';
COMMENT ON COLUMN analytics.execution_step.error_message IS 'The error in the producer''s words; NULL where there is none.';

ALTER TABLE analytics.execution_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY execution_step_tenant ON analytics.execution_step USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT ON analytics.execution_step TO shadow_app;
GRANT SELECT, DELETE ON analytics.execution_step TO shadow_jobs;
