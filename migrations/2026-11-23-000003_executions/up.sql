-- An execution is one row, the join of its events. Ranges and lengths are checked once, where events come in; here are
-- only the rules that keep a row meaningful.
CREATE TABLE analytics.execution (
  workspace_id    uuid        NOT NULL,
  opened_at       timestamptz NOT NULL,
  execution_id    uuid        NOT NULL,
  agent_id        text        NOT NULL,
  agent_version   text,
  trigger         smallint    NOT NULL,
  environment     text,
  user_id         text,
  timeout_micros  bigint,
  started_at      timestamptz,
  ended_at        timestamptz,
  outcome         smallint,
  duration_micros bigint,
  model           text,
  provider        text,
  input_tokens    bigint,
  output_tokens   bigint,
  credits_micro   bigint,
  cost_currency   text,
  cost_micros     bigint,
  error_kind      text,
  error_message   text,
  seen            smallint    NOT NULL,
  prev_seen       smallint    NOT NULL DEFAULT 0,
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT execution_pkey PRIMARY KEY (workspace_id, opened_at, execution_id),
  CONSTRAINT execution_trigger_known CHECK (trigger BETWEEN 1 AND 4),
  CONSTRAINT execution_outcome_known CHECK (outcome BETWEEN 1 AND 5),
  CONSTRAINT execution_seen_opened CHECK (seen & 1 = 1),
  CONSTRAINT execution_seen_started CHECK ((seen & 2 <> 0) = (started_at IS NOT NULL)),
  CONSTRAINT execution_seen_ended CHECK ((seen & 4 <> 0) = (ended_at IS NOT NULL AND outcome IS NOT NULL)),
  CONSTRAINT execution_cost_whole CHECK ((cost_currency IS NULL) = (cost_micros IS NULL))
) PARTITION BY RANGE (opened_at);
CREATE INDEX execution_id_idx ON analytics.execution (workspace_id, execution_id);
COMMENT ON INDEX analytics.execution_id_idx IS 'One execution by its id alone, and twins that differ in opened_at.';

COMMENT ON TABLE analytics.execution IS 'One run of an agent: the join of its events, whatever their order and repetition.';
COMMENT ON COLUMN analytics.execution.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.execution.opened_at IS 'When it was asked for. Everything it amounts to is counted in the cell of this time.';
COMMENT ON COLUMN analytics.execution.execution_id IS 'The producer''s id of it.';
COMMENT ON COLUMN analytics.execution.agent_id IS 'The agent that ran.';
COMMENT ON COLUMN analytics.execution.agent_version IS 'Version of the agent; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.trigger IS 'What asked for it: 1 user, 2 schedule, 3 api, 4 agent.';
COMMENT ON COLUMN analytics.execution.environment IS 'Where it ran; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.user_id IS 'On whose behalf it ran; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.timeout_micros IS 'After how many microseconds the producer gives up; NULL where never.';
COMMENT ON COLUMN analytics.execution.started_at IS 'When it began to run; NULL while it did not, or where unknown.';
COMMENT ON COLUMN analytics.execution.ended_at IS 'When it ended; NULL while it did not.';
COMMENT ON COLUMN analytics.execution.outcome IS 'How it ended: 1 completed, 2 failed, 3 cancelled, 4 timed out, 5 unknown; NULL while it did not.';
COMMENT ON COLUMN analytics.execution.duration_micros IS 'Microseconds of work, without the queue; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.model IS 'Model that was used; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.provider IS 'Provider of the model; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.input_tokens IS 'Tokens the model read; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.output_tokens IS 'Tokens the model wrote; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.credits_micro IS 'Millionths of a credit that it consumed; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.cost_currency IS 'Currency of the provider''s charge, ISO 4217; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.cost_micros IS 'The provider''s charge in millionths of the currency; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.error_kind IS 'Short class of the error; NULL where there is none.';
COMMENT ON COLUMN analytics.execution.error_message IS 'The error in the producer''s words; NULL where there is none.';
COMMENT ON COLUMN analytics.execution.seen IS 'Which events are merged here, as bits: 1 opened (always), 2 started, 4 ended.';
COMMENT ON COLUMN analytics.execution.prev_seen IS 'seen before the last change: the statement that made the change reads here what was new.';
COMMENT ON COLUMN analytics.execution.revision IS 'Grows by one with each change, from 1.';

-- The first month that has a partition of its own; everything older is in one partition.
CREATE TABLE analytics.execution_older PARTITION OF analytics.execution
  FOR VALUES FROM (MINVALUE) TO ('2025-01-01 00:00:00+00');
COMMENT ON TABLE analytics.execution_older IS 'Executions opened before the first month that has a partition of its own.';

-- Makes the months from that of `since` to that of `until` that are still missing, and says how many it made. Whoever
-- may call it can make no more than this: months from the first one to three ahead of today, 60 at a time.
CREATE FUNCTION analytics.ensure_execution_partitions(since timestamptz, until timestamptz) RETURNS integer
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
AS $$
DECLARE
  month     timestamptz := date_trunc('month', greatest(since, timestamptz '2025-01-01 00:00:00+00'));
  last      timestamptz := date_trunc('month', least(until, now() + interval '3 months'));
  partition text;
  made      integer := 0;
BEGIN
  IF last >= month + interval '60 months' THEN
    RAISE EXCEPTION 'at most 60 months at a time' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  WHILE month <= last LOOP
    partition := 'execution_' || to_char(month, 'YYYY_MM');
    IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = partition) THEN
      -- One maker at a time. The second one asks again, by a query: to_regclass() would answer from its memory.
      PERFORM pg_advisory_xact_lock(hashtextextended('analytics.execution partitions', 0));
      IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = partition) THEN
        -- Attached rather than made in place: that would wait for every reader and stop every writer meanwhile.
        EXECUTE format(
          'CREATE TABLE analytics.%I (LIKE analytics.execution INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)',
          partition);
        EXECUTE format(
          'ALTER TABLE analytics.execution ATTACH PARTITION analytics.%I FOR VALUES FROM (%L) TO (%L)',
          partition, month, month + interval '1 month');
        EXECUTE format(
          'COMMENT ON TABLE analytics.%I IS %L',
          partition, 'Executions opened in ' || to_char(month, 'YYYY-MM') || ' (UTC).');
        made := made + 1;
      END IF;
    END IF;
    month := month + interval '1 month';
  END LOOP;
  RETURN made;
END
$$;
COMMENT ON FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz) IS
  'Makes missing monthly partitions of execution within fixed bounds; returns how many.';
REVOKE ALL ON FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz) FROM PUBLIC;
