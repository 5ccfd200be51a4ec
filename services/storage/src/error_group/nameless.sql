-- Errors of a workspace that a version before has stored without their group.
SELECT e.opened_at, e.execution_id, e.error_kind, e.error_message
FROM analytics.execution AS e
WHERE e.workspace_id = $1
  AND e.error_fingerprint IS NULL
  AND (e.outcome IN (2, 4) OR e.error_kind IS NOT NULL OR e.error_message IS NOT NULL)
ORDER BY e.opened_at, e.execution_id
LIMIT $2
