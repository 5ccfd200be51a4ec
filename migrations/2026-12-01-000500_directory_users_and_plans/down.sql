DROP TABLE analytics.plan, analytics.workspace_user;
-- What was said of people and plans has no place in the table as it was.
DELETE FROM analytics.directory_entry WHERE kind > 3;
ALTER TABLE analytics.directory_entry
  DROP CONSTRAINT directory_entry_price_whole,
  DROP CONSTRAINT directory_entry_price_where_due,
  DROP CONSTRAINT directory_entry_email_where_due,
  DROP CONSTRAINT directory_entry_kind_known,
  ADD CONSTRAINT directory_entry_kind_known CHECK (kind BETWEEN 1 AND 3),
  DROP COLUMN interval_count,
  DROP COLUMN billing_interval,
  DROP COLUMN price_micros,
  DROP COLUMN price_currency,
  DROP COLUMN email;
COMMENT ON TABLE analytics.directory_entry IS 'What producers said of workspaces, memberships and agents, each as it was reported; never changed.';
COMMENT ON COLUMN analytics.directory_entry.kind IS 'What it is about: 1 the workspace, 2 a membership, 3 an agent.';
COMMENT ON COLUMN analytics.directory_entry.subject IS 'Id of the person or the agent; empty for the workspace.';
