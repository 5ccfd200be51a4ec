-- How many erasures were finished, in the order of their commits: whoever keeps copies of what is stored learns from it that
-- they may name somebody. The time at which one was finished does not tell, as one that ends earlier may be committed later.
CREATE TABLE analytics.erasure_tally (
  singleton boolean NOT NULL DEFAULT true,
  finished  bigint  NOT NULL,
  CONSTRAINT erasure_tally_pkey PRIMARY KEY (singleton),
  CONSTRAINT erasure_tally_single CHECK (singleton)
);
COMMENT ON TABLE analytics.erasure_tally IS 'How many erasures were finished.';
COMMENT ON COLUMN analytics.erasure_tally.singleton IS 'There is one row.';
COMMENT ON COLUMN analytics.erasure_tally.finished IS 'Grows by one with each that is committed.';
INSERT INTO analytics.erasure_tally (finished)
SELECT count(*) FROM analytics.erasure WHERE finished_at IS NOT NULL;

-- Ends an erasure once everything is swept: what still went by the id meanwhile, and the id itself. It has no number any more:
-- that passed to the pseudonym, and nobody draws one who does not know who was erased. If one ever did, it must be found, not
-- be lost together with what may refer to it.
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
  UPDATE analytics.erasure SET user_id = NULL, finished_at = now()
  WHERE workspace_id = workspace AND occurred_at = at AND event_id = event;
  -- Last, for whoever ends another erasure waits here until this one is committed.
  UPDATE analytics.erasure_tally SET finished = finished + 1;
END
$$;

GRANT SELECT ON analytics.erasure_tally TO shadow_app, shadow_jobs;

COMMENT ON TABLE analytics.directory_entry IS 'What producers said of workspaces, memberships, agents, people and plans, each as it was reported; changed only to forget whoever is erased.';
