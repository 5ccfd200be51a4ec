-- What is still to be done, the oldest first.
SELECT
  workspace_id, occurred_at, event_id, user_id, pseudonym, barrier, swept_workspace, sweeping, swept_until
FROM analytics.erasure
WHERE finished_at IS NULL
ORDER BY recorded_at, workspace_id, event_id
LIMIT $1
