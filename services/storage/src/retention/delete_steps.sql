WITH oldest AS (
  SELECT workspace_id, opened_at, execution_id, number
  FROM analytics.execution_step
  WHERE workspace_id = $1 AND opened_at < $2
  ORDER BY opened_at, execution_id, number
  LIMIT $3
)
DELETE FROM analytics.execution_step AS s
USING oldest
WHERE s.workspace_id = oldest.workspace_id
  AND s.opened_at = oldest.opened_at
  AND s.execution_id = oldest.execution_id
  AND s.number = oldest.number
