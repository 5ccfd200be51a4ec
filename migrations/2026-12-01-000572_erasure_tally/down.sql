COMMENT ON TABLE analytics.directory_entry IS 'What producers said of workspaces, memberships, agents, people and plans, each as it was reported; never changed.';

-- Ends an erasure once everything is swept: what still went by the id meanwhile, and the id itself.
CREATE OR REPLACE FUNCTION analytics.finish_erasure(workspace uuid, at timestamptz, event uuid) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  done analytics.erasure;
BEGIN
  SELECT * INTO done FROM analytics.erasure
  WHERE workspace_id = workspace AND occurred_at = at AND event_id = event AND finished_at IS NULL
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM analytics.forget_user(done.user_id, done.pseudonym);
  -- Not before: a batch that knew nothing of the erasure may have referred to it.
  DELETE FROM analytics.app_user WHERE user_id = done.user_id;
  -- A number that a batch drew which was then refused, for it knew nothing of the erasure. Nothing refers to it.
  DELETE FROM analytics.ordinal
  WHERE kind = 2 AND space = '00000000-0000-0000-0000-000000000000' AND id = done.user_id;
  UPDATE analytics.erasure SET user_id = NULL, finished_at = now()
  WHERE workspace_id = workspace AND occurred_at = at AND event_id = event;
END
$$;

DROP TABLE analytics.erasure_tally;
