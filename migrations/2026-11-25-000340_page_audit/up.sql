-- Pages are compared with the facts they were made of. What was found stays here for a while; and an audit after which
-- nothing has changed a day is what allows its facts to be dropped.
CREATE TABLE analytics.page_audit (
  workspace_id uuid        NOT NULL,
  day          date        NOT NULL,
  audited_at   timestamptz NOT NULL,
  pages        integer     NOT NULL,
  repaired     integer     NOT NULL,
  changed_at   timestamptz,
  CONSTRAINT page_audit_pkey PRIMARY KEY (workspace_id, day, audited_at),
  CONSTRAINT page_audit_counts_sensible CHECK (pages >= 0 AND repaired >= 0)
);
CREATE INDEX page_audit_audited_at_idx ON analytics.page_audit (audited_at, workspace_id, day);
COMMENT ON INDEX analytics.page_audit_audited_at_idx IS 'The latest audits of several workspaces, and what is to be trimmed.';
COMMENT ON TABLE analytics.page_audit IS 'Comparisons of a day''s pages with those that its facts amount to; kept for 30 days.';
COMMENT ON COLUMN analytics.page_audit.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.page_audit.day IS 'The UTC day.';
COMMENT ON COLUMN analytics.page_audit.audited_at IS 'When its pages were compared.';
COMMENT ON COLUMN analytics.page_audit.pages IS 'How many pages the facts amount to.';
COMMENT ON COLUMN analytics.page_audit.repaired IS 'How many pages differed, were missing or were one too many; all of them were put right at once.';
COMMENT ON COLUMN analytics.page_audit.changed_at IS 'When a page of the day was first changed after this, by compaction or by an audit that repaired it; NULL while none was.';

ALTER TABLE analytics.page_audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY page_audit_tenant ON analytics.page_audit USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT ON analytics.page_audit TO shadow_app;
GRANT SELECT, INSERT, UPDATE (changed_at), DELETE ON analytics.page_audit TO shadow_jobs;
