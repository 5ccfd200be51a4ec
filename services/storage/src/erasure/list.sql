-- The record, the latest first.
SELECT
  workspace_id, occurred_at, event_id, pseudonym, requested_by, recorded_at, finished_at, executions, activities
FROM analytics.erasure
WHERE recorded_at < COALESCE($1, 'infinity')
ORDER BY recorded_at DESC, workspace_id, event_id
LIMIT $2
