-- How long facts are kept. Executions go by the month, whole partitions at a time. Activities stay in one table and are
-- deleted row by row: they are few beside executions, each is small, and partitions of them would have to be made ahead
-- and on demand like those of executions. What books add up, such as a ledger, is kept whatever the retention.

CREATE TABLE analytics.retention (
  singleton      boolean     NOT NULL DEFAULT true,
  refused_before timestamptz NOT NULL,
  refused_at     timestamptz NOT NULL DEFAULT now(),
  gone_before    timestamptz,
  CONSTRAINT retention_pkey PRIMARY KEY (singleton),
  CONSTRAINT retention_one_row CHECK (singleton),
  CONSTRAINT retention_whole_months CHECK (
    date_trunc('month', refused_before, 'UTC') = refused_before
    AND date_trunc('month', gone_before, 'UTC') = gone_before
  ),
  CONSTRAINT retention_refused_first CHECK (gone_before <= refused_before)
);
COMMENT ON TABLE analytics.retention IS 'Up to when facts are no longer kept; one row, or none while they are kept for ever.';
COMMENT ON COLUMN analytics.retention.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN analytics.retention.refused_before IS 'Events of times before this are refused.';
COMMENT ON COLUMN analytics.retention.refused_at IS 'Since when they are. Every process asks every half minute; facts go an hour later at the earliest, when all know.';
COMMENT ON COLUMN analytics.retention.gone_before IS 'Facts of times before this are gone, or are being deleted; their pages cannot be rebuilt. NULL while none are.';

-- Minutes are counted on the day of their own time: what a dropped execution had added to a day that is still kept is
-- not in any fact now, and is kept here, so that the day can still be rebuilt.
CREATE TABLE analytics.fact_residue (
  workspace_id uuid        NOT NULL,
  gone_before  timestamptz NOT NULL,
  last_quarter timestamptz NOT NULL,
  cells        bytea       NOT NULL,
  CONSTRAINT fact_residue_pkey PRIMARY KEY (workspace_id, gone_before)
);
COMMENT ON TABLE analytics.fact_residue IS 'What executions that were dropped had added to days after their month.';
COMMENT ON COLUMN analytics.fact_residue.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.fact_residue.gone_before IS 'The end of the month that was dropped.';
COMMENT ON COLUMN analytics.fact_residue.last_quarter IS 'Start of the latest quarter-hour with a cell here.';
COMMENT ON COLUMN analytics.fact_residue.cells IS 'Canonical bytes of the cells.';

ALTER TABLE analytics.fact_residue ENABLE ROW LEVEL SECURITY;
CREATE POLICY fact_residue_tenant ON analytics.fact_residue USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

-- The days of a range of which not every fact is known to be in a page: days with pages or facts that no audit found
-- right since they last changed, or that a delta still waits for. From the first fact on where there is no `since`.
CREATE FUNCTION analytics.unaudited_days(since timestamptz, until timestamptz, most integer)
  RETURNS TABLE (workspace_id uuid, day date)
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
AS $$
  SELECT tenant.workspace_id, one.day::date
  FROM analytics.workspace AS tenant
  CROSS JOIN LATERAL (
    SELECT COALESCE(since, LEAST(
      (SELECT min(p.day)::timestamptz FROM analytics.partial_page AS p
       WHERE p.workspace_id = tenant.workspace_id AND p.dimension = 0),
      (SELECT min(e.opened_at) FROM analytics.execution AS e WHERE e.workspace_id = tenant.workspace_id),
      (SELECT min(a.occurred_at) FROM analytics.activity AS a WHERE a.workspace_id = tenant.workspace_id)
    )) AS start
  ) AS first
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', first.start), until - interval '1 day', interval '1 day'
  ) AS one (day)
  WHERE (
      EXISTS (SELECT FROM analytics.partial_page AS p
              WHERE p.workspace_id = tenant.workspace_id AND p.dimension = 0 AND p.day = one.day::date)
      OR EXISTS (SELECT FROM analytics.execution AS e
                 WHERE e.workspace_id = tenant.workspace_id
                   AND e.opened_at >= one.day AND e.opened_at < one.day + interval '1 day')
      OR EXISTS (SELECT FROM analytics.activity AS a
                 WHERE a.workspace_id = tenant.workspace_id
                   AND a.occurred_at >= one.day AND a.occurred_at < one.day + interval '1 day')
    )
    AND (
      NOT EXISTS (SELECT FROM analytics.page_audit AS found
                  WHERE found.workspace_id = tenant.workspace_id AND found.day = one.day::date
                    AND found.repaired = 0 AND found.changed_at IS NULL)
      OR EXISTS (SELECT FROM analytics.partial_delta AS d
                 WHERE d.workspace_id = tenant.workspace_id
                   AND d.first_quarter < one.day + interval '1 day' AND d.last_quarter >= one.day)
    )
  ORDER BY tenant.workspace_id, one.day
  LIMIT most
$$;
COMMENT ON FUNCTION analytics.unaudited_days(timestamptz, timestamptz, integer) IS
  'Days whose facts must not be dropped yet, because their pages were not found right since they last changed.';
REVOKE ALL ON FUNCTION analytics.unaudited_days(timestamptz, timestamptz, integer) FROM PUBLIC;

-- The partition that ends at a time: everything older than the first month is in one.
CREATE FUNCTION analytics.execution_partition_until(until timestamptz) RETURNS text
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
AS $$
  SELECT CASE
    WHEN until = timestamptz '2025-01-01 00:00:00+00' THEN 'execution_older'
    ELSE 'execution_' || to_char(until - interval '1 month', 'YYYY_MM')
  END
$$;
COMMENT ON FUNCTION analytics.execution_partition_until(timestamptz) IS 'Name of the partition of executions that ends at a time.';
REVOKE ALL ON FUNCTION analytics.execution_partition_until(timestamptz) FROM PUBLIC;

-- Keeps everybody from changing the executions of the next partition to go, until the end of the transaction. Whoever
-- may call it can hold no other: events of its time have been refused for an hour, and what is older is gone.
CREATE FUNCTION analytics.hold_execution_partition(until timestamptz) RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
  SET lock_timeout = '1s'
AS $$
DECLARE
  partition text := analytics.execution_partition_until(until);
BEGIN
  PERFORM FROM analytics.retention
  WHERE until <= refused_before
    AND refused_at <= now() - interval '1 hour'
    AND until = COALESCE(gone_before AT TIME ZONE 'UTC' + interval '1 month', timestamp '2025-01-01') AT TIME ZONE 'UTC'
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = partition) THEN
    EXECUTE format('LOCK TABLE analytics.%I IN SHARE MODE', partition);
  END IF;
  RETURN true;
END
$$;
COMMENT ON FUNCTION analytics.hold_execution_partition(timestamptz) IS
  'Locks the next partition of executions to go against changes; false where its time has not come.';
REVOKE ALL ON FUNCTION analytics.hold_execution_partition(timestamptz) FROM PUBLIC;

-- Drops the partition, where every day of it was audited. Whoever calls it has kept its residue before.
CREATE FUNCTION analytics.drop_execution_partition(until timestamptz) RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
  SET lock_timeout = '1s'
AS $$
DECLARE
  partition text := analytics.execution_partition_until(until);
  since     timestamptz := (SELECT gone_before FROM analytics.retention);
BEGIN
  IF NOT analytics.hold_execution_partition(until) THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM analytics.unaudited_days(since, until, 1)) THEN
    RETURN false;
  END IF;
  IF partition = 'execution_older' THEN
    TRUNCATE analytics.execution_older;
  ELSIF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relname = partition) THEN
    EXECUTE format('DROP TABLE analytics.%I', partition);
  END IF;
  UPDATE analytics.retention SET gone_before = until;
  RETURN true;
END
$$;
COMMENT ON FUNCTION analytics.drop_execution_partition(timestamptz) IS
  'Drops the next partition of executions to go; false where its time has not come, or a day of it was not audited.';
REVOKE ALL ON FUNCTION analytics.drop_execution_partition(timestamptz) FROM PUBLIC;

-- As before, but no month is made again that is not kept.
CREATE OR REPLACE FUNCTION analytics.ensure_execution_partitions(since timestamptz, until timestamptz) RETURNS integer
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
AS $$
DECLARE
  month     timestamptz := date_trunc('month', greatest(
    since, timestamptz '2025-01-01 00:00:00+00', (SELECT refused_before FROM analytics.retention)));
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

GRANT SELECT ON analytics.retention TO shadow_app;
GRANT SELECT, INSERT, UPDATE (refused_before, refused_at) ON analytics.retention TO shadow_jobs;
GRANT SELECT, INSERT ON analytics.fact_residue TO shadow_jobs;
GRANT EXECUTE ON FUNCTION
  analytics.unaudited_days(timestamptz, timestamptz, integer),
  analytics.hold_execution_partition(timestamptz),
  analytics.drop_execution_partition(timestamptz)
TO shadow_jobs;
GRANT DELETE ON analytics.activity TO shadow_jobs;
-- Rows of jobs that no worker knows any more.
GRANT DELETE ON analytics.job TO shadow_jobs;
