-- Erasing people. Users are the platform's: a person is erased everywhere, and becomes a pseudonym that keeps the person's
-- ordinal. So every bitmap, page and count stays what it was, and is still what the facts amount to.
CREATE TABLE analytics.erasure_salt (
  singleton boolean NOT NULL DEFAULT true,
  salt      uuid    NOT NULL DEFAULT gen_random_uuid(),
  CONSTRAINT erasure_salt_pkey PRIMARY KEY (singleton),
  CONSTRAINT erasure_salt_single CHECK (singleton)
);
COMMENT ON TABLE analytics.erasure_salt IS 'What pseudonyms are made with, beside the id: without it nobody can try ids out.';
COMMENT ON COLUMN analytics.erasure_salt.singleton IS 'There is one row.';
COMMENT ON COLUMN analytics.erasure_salt.salt IS 'Random; never changed, or who was erased would no longer be known when late events come.';
INSERT INTO analytics.erasure_salt DEFAULT VALUES;

CREATE TABLE analytics.erased_user (
  pseudonym text   NOT NULL,
  number    bigint NOT NULL,
  CONSTRAINT erased_user_pkey PRIMARY KEY (pseudonym),
  CONSTRAINT erased_user_number_unique UNIQUE (number)
);
COMMENT ON TABLE analytics.erased_user IS 'People who were erased: by their pseudonyms late events of theirs are recognised.';
COMMENT ON COLUMN analytics.erased_user.pseudonym IS 'What the person is called now.';
COMMENT ON COLUMN analytics.erased_user.number IS 'Grows with each commit, so that whoever knows all up to the last one knows all.';

CREATE TABLE analytics.erasure (
  workspace_id    uuid        NOT NULL,
  occurred_at     timestamptz NOT NULL,
  event_id        uuid        NOT NULL,
  pseudonym       text        NOT NULL,
  user_id         text,
  requested_by    text        NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  barrier         bigint,
  swept_workspace uuid,
  executions      bigint      NOT NULL DEFAULT 0,
  activities      bigint      NOT NULL DEFAULT 0,
  finished_at     timestamptz,
  CONSTRAINT erasure_pkey PRIMARY KEY (workspace_id, occurred_at, event_id),
  CONSTRAINT erasure_forgets CHECK ((finished_at IS NULL) = (user_id IS NOT NULL))
);
CREATE INDEX erasure_unfinished_idx ON analytics.erasure (recorded_at) WHERE finished_at IS NULL;
COMMENT ON INDEX analytics.erasure_unfinished_idx IS 'What is still to be done.';
CREATE INDEX erasure_recorded_at_idx ON analytics.erasure (recorded_at);
COMMENT ON INDEX analytics.erasure_recorded_at_idx IS 'The record, the latest first.';
COMMENT ON TABLE analytics.erasure IS 'The record of erasures: who asked for each, when, and how far it has come.';
COMMENT ON COLUMN analytics.erasure.workspace_id IS 'The tenant key: the workspace in which it was asked for. It holds in all of them.';
COMMENT ON COLUMN analytics.erasure.occurred_at IS 'When it was asked for.';
COMMENT ON COLUMN analytics.erasure.event_id IS 'The producer''s id of the event.';
COMMENT ON COLUMN analytics.erasure.pseudonym IS 'What the person is called from then on.';
COMMENT ON COLUMN analytics.erasure.user_id IS 'The person, while it is needed to find what is stored; NULL once that is done.';
COMMENT ON COLUMN analytics.erasure.requested_by IS 'Who asked: the subject of the token or key.';
COMMENT ON COLUMN analytics.erasure.recorded_at IS 'When it was taken in, by the database''s clock.';
COMMENT ON COLUMN analytics.erasure.barrier IS 'Transactions before this may still bring the id in; NULL until the job has looked.';
COMMENT ON COLUMN analytics.erasure.swept_workspace IS 'Workspaces up to this one, by id, are done; NULL where none is.';
COMMENT ON COLUMN analytics.erasure.executions IS 'How many executions were brought under the pseudonym.';
COMMENT ON COLUMN analytics.erasure.activities IS 'How many activities were.';
COMMENT ON COLUMN analytics.erasure.finished_at IS 'When nothing named the person any more; NULL until then.';
ALTER TABLE analytics.erasure ENABLE ROW LEVEL SECURITY;
CREATE POLICY erasure_tenant ON analytics.erasure USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

CREATE INDEX workspace_user_user_idx ON analytics.workspace_user (user_id);
COMMENT ON INDEX analytics.workspace_user_user_idx IS 'What workspaces call one person, to be erased.';

-- Takes a person out of the directory, and out of every record of who did something. What is found by workspace is left to
-- the job.
CREATE FUNCTION analytics.forget_user(forgotten text, alias text) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM analytics.membership WHERE user_id = forgotten;
  DELETE FROM analytics.platform_role WHERE user_id = forgotten;
  DELETE FROM analytics.workspace_user WHERE user_id = forgotten;
  UPDATE analytics.app_user SET name = NULL WHERE user_id = forgotten AND name IS NOT NULL;
  UPDATE analytics.error_group_state SET changed_by = alias, note = NULL WHERE changed_by = forgotten;
  UPDATE analytics.erasure SET requested_by = alias WHERE requested_by = forgotten;
  UPDATE analytics.service_key
  SET created_by = CASE WHEN created_by = forgotten THEN alias ELSE created_by END,
      revoked_by = CASE WHEN revoked_by = forgotten THEN alias ELSE revoked_by END
  WHERE forgotten IN (created_by, revoked_by);
END
$$;
COMMENT ON FUNCTION analytics.forget_user(text, text) IS 'Takes a person out of the directory and out of records.';
REVOKE ALL ON FUNCTION analytics.forget_user(text, text) FROM PUBLIC;

-- Records that a person is to be erased, and has it hold at once for whatever comes. False where this event was recorded
-- before.
CREATE FUNCTION analytics.erase_user(
  workspace uuid, at timestamptz, event uuid, erased text, alias text, asked_by text
) RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- One at a time: numbers must be in the order of commits.
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.erasure', 0));
  INSERT INTO analytics.workspace (workspace_id) VALUES (workspace) ON CONFLICT DO NOTHING;
  INSERT INTO analytics.erasure (workspace_id, occurred_at, event_id, pseudonym, user_id, requested_by)
  VALUES (workspace, at, event, alias, erased, asked_by)
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO analytics.erased_user (pseudonym, number)
  SELECT alias, COALESCE(max(number), 0) + 1 FROM analytics.erased_user
  ON CONFLICT (pseudonym) DO NOTHING;
  -- Numbers are given in short transactions: those under way are waited for, so that the person has one number or none. It
  -- passes to the pseudonym, and with it every count of people.
  LOCK TABLE analytics.ordinal IN SHARE ROW EXCLUSIVE MODE;
  UPDATE analytics.ordinal SET id = alias
  WHERE kind = 2 AND space = '00000000-0000-0000-0000-000000000000' AND id = erased
    AND NOT EXISTS (
      SELECT FROM analytics.ordinal AS known
      WHERE known.kind = 2 AND known.space = '00000000-0000-0000-0000-000000000000' AND known.id = alias
    );
  PERFORM analytics.forget_user(erased, alias);
  RETURN true;
END
$$;
COMMENT ON FUNCTION analytics.erase_user(uuid, timestamptz, uuid, text, text, text) IS
  'Records that a person is to be erased; false where the event was recorded before.';
REVOKE ALL ON FUNCTION analytics.erase_user(uuid, timestamptz, uuid, text, text, text) FROM PUBLIC;

-- Ends an erasure once everything is swept: what still went by the id meanwhile, and the id itself.
CREATE FUNCTION analytics.finish_erasure(workspace uuid, at timestamptz, event uuid) RETURNS void
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
COMMENT ON FUNCTION analytics.finish_erasure(uuid, timestamptz, uuid) IS
  'Ends an erasure: afterwards nothing names the person.';
REVOKE ALL ON FUNCTION analytics.finish_erasure(uuid, timestamptz, uuid) FROM PUBLIC;

GRANT SELECT ON analytics.erasure_salt, analytics.erased_user, analytics.erasure TO shadow_app, shadow_jobs;
GRANT UPDATE (barrier, swept_workspace, executions, activities) ON analytics.erasure TO shadow_jobs;
GRANT EXECUTE ON FUNCTION analytics.erase_user(uuid, timestamptz, uuid, text, text, text) TO shadow_app;
GRANT EXECUTE ON FUNCTION analytics.finish_erasure(uuid, timestamptz, uuid) TO shadow_jobs;
-- The job brings what is stored under the pseudonym, and tells watchers of what they may still hold.
GRANT UPDATE (user_id, feedback_user_id, feedback_comment, revision) ON analytics.execution TO shadow_jobs;
GRANT UPDATE (user_id) ON analytics.activity TO shadow_jobs;
GRANT SELECT, UPDATE (subject, name, email) ON analytics.directory_entry TO shadow_jobs;
GRANT INSERT ON analytics.feed TO shadow_jobs;
