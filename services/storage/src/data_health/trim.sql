WITH oldest AS (
  SELECT workspace_id, identity, checked_on
  FROM analytics.identity_check
  WHERE checked_on < $1
  ORDER BY checked_on, workspace_id, identity
  LIMIT $2
)
DELETE FROM analytics.identity_check AS kept
USING oldest
WHERE kept.workspace_id = oldest.workspace_id
  AND kept.identity = oldest.identity
  AND kept.checked_on = oldest.checked_on
