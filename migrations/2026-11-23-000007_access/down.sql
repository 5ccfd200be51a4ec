DO $$
DECLARE
  walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY[
    'workspace', 'membership', 'agent', 'execution', 'partial_delta', 'partial_page', 'feed'
  ] LOOP
    EXECUTE format('DROP POLICY %I ON analytics.%I', walled || '_tenant', walled);
    EXECUTE format('ALTER TABLE analytics.%I DISABLE ROW LEVEL SECURITY', walled);
  END LOOP;
END
$$;
DROP POLICY ordinal_tenant ON analytics.ordinal;
ALTER TABLE analytics.ordinal DISABLE ROW LEVEL SECURITY;

REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM shadow_app, shadow_jobs;
REVOKE ALL ON FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz) FROM shadow_app, shadow_jobs;
