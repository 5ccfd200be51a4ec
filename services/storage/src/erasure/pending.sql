-- What is still to be done, the oldest first, after one that is named by all that it is ordered by; from the first where
-- none is.
SELECT
  workspace_id, occurred_at, event_id, recorded_at, user_id, pseudonym, barrier, swept_workspace, sweeping, swept_until
FROM analytics.erasure
WHERE finished_at IS NULL
  AND ($2::timestamptz IS NULL OR (recorded_at, workspace_id, occurred_at, event_id) > ($2, $3::uuid, $4::timestamptz, $5::uuid))
ORDER BY recorded_at, workspace_id, occurred_at, event_id
LIMIT $1
