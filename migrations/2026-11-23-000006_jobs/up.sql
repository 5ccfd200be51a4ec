CREATE TABLE analytics.job (
  name              text        NOT NULL,
  next_run_at       timestamptz NOT NULL,
  lease_holder      text,
  lease_until       timestamptz,
  heartbeat_at      timestamptz,
  last_started_at   timestamptz,
  last_finished_at  timestamptz,
  last_succeeded_at timestamptz,
  last_result       text,
  last_error        text,
  runs              bigint      NOT NULL DEFAULT 0,
  failures          bigint      NOT NULL DEFAULT 0,
  CONSTRAINT job_pkey PRIMARY KEY (name),
  CONSTRAINT job_name_length CHECK (octet_length(name) BETWEEN 1 AND 100),
  CONSTRAINT job_lease_whole CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
COMMENT ON TABLE analytics.job IS 'Recurring work. A worker that finds a job due and not leased leases it, runs it and says when it is due again.';
COMMENT ON COLUMN analytics.job.name IS 'Names the work.';
COMMENT ON COLUMN analytics.job.next_run_at IS 'From when on it is due.';
COMMENT ON COLUMN analytics.job.lease_holder IS 'The worker''s name and run that hold it; NULL while nobody does.';
COMMENT ON COLUMN analytics.job.lease_until IS 'From when on another worker may take it over; moved on by each heartbeat.';
COMMENT ON COLUMN analytics.job.heartbeat_at IS 'When its holder was last heard of.';
COMMENT ON COLUMN analytics.job.last_started_at IS 'When it was last started.';
COMMENT ON COLUMN analytics.job.last_finished_at IS 'When it last finished, well or not.';
COMMENT ON COLUMN analytics.job.last_succeeded_at IS 'When it last finished well.';
COMMENT ON COLUMN analytics.job.last_result IS 'What the last good run said it did.';
COMMENT ON COLUMN analytics.job.last_error IS 'Why the last run failed; NULL when it did not.';
COMMENT ON COLUMN analytics.job.runs IS 'How often it finished.';
COMMENT ON COLUMN analytics.job.failures IS 'How often in a row it has failed.';
