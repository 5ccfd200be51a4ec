WITH oldest AS (
  SELECT workspace_id, hour, reason, field
  FROM analytics.refusal_count
  WHERE hour < $1
  ORDER BY hour, workspace_id, reason, field
  LIMIT $2
)
DELETE FROM analytics.refusal_count AS kept
USING oldest
WHERE kept.workspace_id = oldest.workspace_id
  AND kept.hour = oldest.hour
  AND kept.reason = oldest.reason
  AND kept.field = oldest.field
