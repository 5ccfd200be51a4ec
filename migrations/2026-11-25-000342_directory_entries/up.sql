-- What producers say of workspaces, memberships and agents, as they said it. What the directory shows is computed from
-- here: of several entries of the same thing the latest counts, by its own time, then by its event id. So any order of
-- arrival gives the same directory.
CREATE TABLE analytics.directory_entry (
  workspace_id uuid        NOT NULL,
  kind         smallint    NOT NULL,
  occurred_at  timestamptz NOT NULL,
  event_id     uuid        NOT NULL,
  subject      text        NOT NULL,
  name         text,
  zone         text,
  role         smallint,
  deleted      boolean     NOT NULL,
  CONSTRAINT directory_entry_pkey PRIMARY KEY (workspace_id, kind, occurred_at, event_id),
  CONSTRAINT directory_entry_kind_known CHECK (kind BETWEEN 1 AND 3),
  CONSTRAINT directory_entry_role_known CHECK (role BETWEEN 1 AND 4),
  CONSTRAINT directory_entry_zone_where_due CHECK ((kind = 1) = (zone IS NOT NULL)),
  CONSTRAINT directory_entry_subject_where_due CHECK ((kind = 1) = (subject = ''))
);
CREATE INDEX directory_entry_subject_idx
  ON analytics.directory_entry (workspace_id, kind, subject, occurred_at, event_id);
COMMENT ON INDEX analytics.directory_entry_subject_idx IS 'The latest entry of one thing.';
COMMENT ON TABLE analytics.directory_entry IS 'What producers said of workspaces, memberships and agents, each as it was reported; never changed.';
COMMENT ON COLUMN analytics.directory_entry.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.directory_entry.kind IS 'What it is about: 1 the workspace, 2 a membership, 3 an agent.';
COMMENT ON COLUMN analytics.directory_entry.occurred_at IS 'From when on it is so.';
COMMENT ON COLUMN analytics.directory_entry.event_id IS 'The producer''s id of the event.';
COMMENT ON COLUMN analytics.directory_entry.subject IS 'Id of the person or the agent; empty for the workspace.';
COMMENT ON COLUMN analytics.directory_entry.name IS 'What people call it; NULL where it has no name.';
COMMENT ON COLUMN analytics.directory_entry.zone IS 'IANA time zone of the workspace; NULL for everything else.';
COMMENT ON COLUMN analytics.directory_entry.role IS 'Role of the member: 1 owner, 2 admin, 3 member, 4 viewer; NULL for who is no member, and for everything else.';
COMMENT ON COLUMN analytics.directory_entry.deleted IS 'Whether it is gone.';

ALTER TABLE analytics.directory_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY directory_entry_tenant ON analytics.directory_entry USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

ALTER TABLE analytics.workspace ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN analytics.workspace.deleted_at IS 'When it was deleted; NULL while it is there. Its name and its numbers stay.';
ALTER TABLE analytics.agent ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN analytics.agent.deleted_at IS 'When it was deleted; NULL while it is there. Its name and its numbers stay.';

GRANT SELECT, INSERT ON analytics.directory_entry TO shadow_app;
GRANT UPDATE (deleted_at) ON analytics.workspace TO shadow_app;
GRANT UPDATE (deleted_at) ON analytics.agent TO shadow_app;
-- Who is no member any more.
GRANT DELETE ON analytics.membership TO shadow_app;
