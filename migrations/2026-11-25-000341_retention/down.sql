REVOKE DELETE ON analytics.job FROM shadow_jobs;
REVOKE DELETE ON analytics.activity FROM shadow_jobs;

-- Makes the months from that of `since` to that of `until` that are still missing, and says how many it made. Whoever
-- may call it can make no more than this: months from the first one to three ahead of today, 60 at a time.
CREATE OR REPLACE FUNCTION analytics.ensure_execution_partitions(since timestamptz, until timestamptz) RETURNS integer
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

DROP FUNCTION analytics.drop_execution_partition(timestamptz);
DROP FUNCTION analytics.hold_execution_partition(timestamptz);
DROP FUNCTION analytics.execution_partition_until(timestamptz);
DROP FUNCTION analytics.unaudited_days(timestamptz, timestamptz, integer);
DROP TABLE analytics.fact_residue;
DROP TABLE analytics.retention;
