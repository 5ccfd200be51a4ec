-- Who may do what. The application and the jobs have a role each; neither owns a table nor bypasses a policy.

-- A second wall behind the code: each transaction says which workspaces it is about, and sees no other's rows. The
-- setting is 'all' or a list of UUIDs; without it nothing is visible. The inner SELECTs are computed once per
-- statement; the outer cast only makes an array, not a set of rows, of the second.
DO $$
DECLARE
  walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY[
    'workspace', 'membership', 'agent', 'execution', 'partial_delta', 'partial_page', 'feed'
  ] LOOP
    EXECUTE format('ALTER TABLE analytics.%I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format(
      'CREATE POLICY %I ON analytics.%I USING (
         (SELECT current_setting(''app.workspaces'', true) = ''all'')
         OR workspace_id = ANY ((
           SELECT string_to_array(nullif(current_setting(''app.workspaces'', true), ''all''), '','')::uuid[]
         )::uuid[])
       )',
      walled || '_tenant', walled);
  END LOOP;
END
$$;

-- Ordinals of agents belong to a workspace, those of users to the platform.
ALTER TABLE analytics.ordinal ENABLE ROW LEVEL SECURITY;
CREATE POLICY ordinal_tenant ON analytics.ordinal USING (
  space = '00000000-0000-0000-0000-000000000000'
  OR (SELECT current_setting('app.workspaces', true) = 'all')
  OR space = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

-- The application takes facts in, and reads.
GRANT SELECT, INSERT, UPDATE (name, zone) ON analytics.workspace TO shadow_app;
GRANT SELECT, INSERT, UPDATE (name) ON analytics.app_user TO shadow_app;
GRANT SELECT, INSERT, UPDATE (role) ON analytics.membership TO shadow_app;
GRANT SELECT, INSERT, UPDATE (role) ON analytics.platform_role TO shadow_app;
GRANT SELECT, INSERT, UPDATE (name) ON analytics.agent TO shadow_app;
GRANT SELECT, INSERT ON analytics.ordinal TO shadow_app;
GRANT SELECT, INSERT, UPDATE ON analytics.execution TO shadow_app;
GRANT SELECT, INSERT ON analytics.partial_delta TO shadow_app;
GRANT SELECT ON analytics.partial_page TO shadow_app;
GRANT SELECT, INSERT ON analytics.feed TO shadow_app;
GRANT SELECT ON analytics.feed_position TO shadow_app;
GRANT SELECT ON analytics.job TO shadow_app;
GRANT EXECUTE ON FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz) TO shadow_app;

-- The jobs compact, number, trim and keep partitions ahead.
GRANT SELECT, UPDATE (last_event_at) ON analytics.workspace TO shadow_jobs;
GRANT SELECT ON analytics.agent, analytics.ordinal, analytics.execution TO shadow_jobs;
GRANT SELECT, DELETE ON analytics.partial_delta TO shadow_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.partial_page TO shadow_jobs;
GRANT SELECT, UPDATE (first_position), DELETE ON analytics.feed TO shadow_jobs;
GRANT SELECT, UPDATE (position, trimmed) ON analytics.feed_position TO shadow_jobs;
GRANT SELECT, INSERT, UPDATE ON analytics.job TO shadow_jobs;
GRANT EXECUTE ON FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz) TO shadow_jobs;
