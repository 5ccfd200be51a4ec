WITH oldest AS (
  SELECT workspace_id, occurred_at, event_id
  FROM analytics.activity
  WHERE workspace_id = $1 AND occurred_at < $2
  ORDER BY occurred_at, event_id
  LIMIT $3
)
DELETE FROM analytics.activity AS a
USING oldest
WHERE a.workspace_id = oldest.workspace_id
  AND a.occurred_at = oldest.occurred_at
  AND a.event_id = oldest.event_id
