WITH latest AS (
  SELECT DISTINCT ON (entry.workspace_id, entry.subject) entry.workspace_id, entry.subject, entry.role
  FROM unnest($1::uuid[], $2::text[]) AS touched (workspace_id, subject)
  JOIN analytics.directory_entry AS entry USING (workspace_id, subject)
  WHERE entry.kind = 2
  ORDER BY entry.workspace_id, entry.subject, entry.occurred_at DESC, entry.event_id DESC
), gone AS (
  DELETE FROM analytics.membership AS known
  USING latest
  WHERE known.workspace_id = latest.workspace_id AND known.user_id = latest.subject AND latest.role IS NULL
)
INSERT INTO analytics.membership (workspace_id, user_id, role)
SELECT workspace_id, subject, (ARRAY['owner', 'admin', 'member', 'viewer'])[role]
FROM latest
WHERE role IS NOT NULL
ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role
