-- What sets of executions amount to, in a form that merges. Deltas are appended by the transaction that stores facts,
-- and compacted into pages; a reader merges both in one snapshot. The blobs are read and written by the application
-- alone.

CREATE TABLE analytics.partial_delta (
  workspace_id  uuid        NOT NULL,
  delta_id      bigint      GENERATED ALWAYS AS IDENTITY,
  first_quarter timestamptz NOT NULL,
  last_quarter  timestamptz NOT NULL,
  last_event_at timestamptz NOT NULL,
  cells         bytea       NOT NULL,
  CONSTRAINT partial_delta_pkey PRIMARY KEY (workspace_id, delta_id),
  CONSTRAINT partial_delta_quarters_ordered CHECK (first_quarter <= last_quarter)
);
-- A delta lives for moments: compressing it would cost every publisher more time than it saves space.
ALTER TABLE analytics.partial_delta ALTER COLUMN cells SET STORAGE EXTERNAL;
COMMENT ON TABLE analytics.partial_delta IS 'What one batch added to the cells of a workspace, until it is compacted into pages.';
COMMENT ON COLUMN analytics.partial_delta.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.partial_delta.delta_id IS 'Names the delta; later batches have higher ones, mostly.';
COMMENT ON COLUMN analytics.partial_delta.first_quarter IS 'Start of the earliest quarter-hour with a cell here.';
COMMENT ON COLUMN analytics.partial_delta.last_quarter IS 'Start of the latest quarter-hour with a cell here.';
COMMENT ON COLUMN analytics.partial_delta.last_event_at IS 'Latest event time of the batch.';
COMMENT ON COLUMN analytics.partial_delta.cells IS 'Canonical bytes of the touched cells.';

-- Keys come before days only as far as the dimension: a board reads all keys of a range of days, a chart few of them.
CREATE TABLE analytics.partial_page (
  workspace_id  uuid     NOT NULL,
  dimension     smallint NOT NULL,
  day           date     NOT NULL,
  key           text     NOT NULL,
  opened        bigint   NOT NULL,
  ended         bigint   NOT NULL,
  completed     bigint   NOT NULL,
  failed        bigint   NOT NULL,
  timed_out     bigint   NOT NULL,
  credits_micro bigint   NOT NULL,
  whole_day     bytea    NOT NULL,
  quarters      bytea    NOT NULL,
  CONSTRAINT partial_page_pkey PRIMARY KEY (workspace_id, dimension, day, key)
) WITH (fillfactor = 80);
COMMENT ON TABLE analytics.partial_page IS 'Where cells rest: all that a workspace, a UTC day, a dimension and a key amount to.';
COMMENT ON COLUMN analytics.partial_page.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.partial_page.dimension IS 'What the key is of: 0 total, 1 agent, 2 trigger, 3 environment, 4 model, 5 provider, 6 error kind, 16 agent and version, 17 agent and model, 18 agent and error kind, 19 agent and trigger.';
COMMENT ON COLUMN analytics.partial_page.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.partial_page.key IS 'The key; empty for the total and for unknown; two parts are joined by U+001F.';
COMMENT ON COLUMN analytics.partial_page.opened IS 'Executions opened that day.';
COMMENT ON COLUMN analytics.partial_page.ended IS 'Those of them that have ended.';
COMMENT ON COLUMN analytics.partial_page.completed IS 'Those of them that completed.';
COMMENT ON COLUMN analytics.partial_page.failed IS 'Those of them that failed.';
COMMENT ON COLUMN analytics.partial_page.timed_out IS 'Those of them that timed out.';
COMMENT ON COLUMN analytics.partial_page.credits_micro IS 'Millionths of a credit that they consumed.';
COMMENT ON COLUMN analytics.partial_page.whole_day IS 'Canonical bytes of the merged day.';
COMMENT ON COLUMN analytics.partial_page.quarters IS 'Canonical bytes of the quarter-hours that are not empty.';
