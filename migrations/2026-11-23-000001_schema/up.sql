CREATE SCHEMA analytics;
COMMENT ON SCHEMA analytics IS 'Everything that Shadow Analytics keeps.';

-- Roles belong to the whole server, so another database of it may have made them, even at this very moment.
DO $$
DECLARE
  wanted text;
  -- From 16 on being a member and being allowed to SET ROLE are two things.
  needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['shadow_app', 'shadow_jobs'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
    -- Whoever migrates may also be whoever serves: it steps down into these roles.
    IF NOT pg_has_role(CURRENT_USER, wanted, needed) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA analytics TO shadow_app, shadow_jobs;
