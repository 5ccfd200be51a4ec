DROP SCHEMA analytics;

-- Another database of this server may still use the roles; the last one takes them along.
DO $$
DECLARE
  unwanted text;
BEGIN
  FOREACH unwanted IN ARRAY ARRAY['shadow_app', 'shadow_jobs'] LOOP
    BEGIN
      EXECUTE format('DROP ROLE IF EXISTS %I', unwanted);
    -- Internal: one of the databases that use it vanished while it was looked up.
    EXCEPTION WHEN dependent_objects_still_exist OR object_in_use OR insufficient_privilege OR internal_error THEN
      NULL;
    END;
  END LOOP;
END
$$;
