WITH latest AS (
  SELECT DISTINCT ON (workspace_id) workspace_id, name, zone, deleted, occurred_at
  FROM analytics.directory_entry
  WHERE workspace_id = ANY ($1::uuid[]) AND kind = 1
  ORDER BY workspace_id, occurred_at DESC, event_id DESC
)
UPDATE analytics.workspace AS known
SET zone       = latest.zone,
    deleted_at = CASE WHEN latest.deleted THEN latest.occurred_at END,
    -- What is gone keeps the last name that it had.
    name       = CASE WHEN latest.deleted AND latest.name IS NULL THEN (
      SELECT named.name
      FROM analytics.directory_entry AS named
      WHERE named.workspace_id = latest.workspace_id AND named.kind = 1 AND named.name IS NOT NULL
      ORDER BY named.occurred_at DESC, named.event_id DESC
      LIMIT 1
    ) ELSE latest.name END
FROM latest
WHERE known.workspace_id = latest.workspace_id
