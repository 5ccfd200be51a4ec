WITH latest AS (
  SELECT DISTINCT ON (entry.workspace_id, entry.subject)
    entry.workspace_id, entry.subject, entry.name, entry.email, entry.deleted, entry.occurred_at
  FROM unnest($1::uuid[], $2::text[]) AS touched (workspace_id, subject)
  JOIN analytics.directory_entry AS entry USING (workspace_id, subject)
  WHERE entry.kind = 4
  ORDER BY entry.workspace_id, entry.subject, entry.occurred_at DESC, entry.event_id DESC
)
INSERT INTO analytics.workspace_user (workspace_id, user_id, name, email, deleted_at)
SELECT
  latest.workspace_id,
  latest.subject,
  -- Who is gone keeps the last name, which the numbers are shown under, and no address.
  CASE WHEN latest.deleted AND latest.name IS NULL THEN (
    SELECT named.name
    FROM analytics.directory_entry AS named
    WHERE named.workspace_id = latest.workspace_id AND named.kind = 4 AND named.subject = latest.subject
      AND named.name IS NOT NULL
    ORDER BY named.occurred_at DESC, named.event_id DESC
    LIMIT 1
  ) ELSE latest.name END,
  CASE WHEN NOT latest.deleted THEN latest.email END,
  CASE WHEN latest.deleted THEN latest.occurred_at END
FROM latest
ORDER BY latest.workspace_id, latest.subject
ON CONFLICT (workspace_id, user_id)
  DO UPDATE SET name = excluded.name, email = excluded.email, deleted_at = excluded.deleted_at
