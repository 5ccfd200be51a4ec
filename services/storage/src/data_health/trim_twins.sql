WITH oldest AS (
  SELECT workspace_id, execution_id, opened_at, other_opened_at
  FROM analytics.execution_twin
  WHERE found_at < $1
  ORDER BY found_at, workspace_id, execution_id
  LIMIT $2
)
DELETE FROM analytics.execution_twin AS kept
USING oldest
WHERE kept.workspace_id = oldest.workspace_id
  AND kept.execution_id = oldest.execution_id
  AND kept.opened_at = oldest.opened_at
  AND kept.other_opened_at = oldest.other_opened_at
