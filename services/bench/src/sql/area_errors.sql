-- Groups of errors of the range, with whom each hits. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
SELECT
  workspace_id || '/' || error_fingerprint AS key,
  count(*)                AS occurrences,
  count(DISTINCT user_id)  AS users,
  count(DISTINCT agent_id) AS agents,
  (sum(credits_micro) FILTER (WHERE outcome IN (2, 4)))::bigint AS credits_lost
FROM analytics.execution
WHERE workspace_id = ANY ($1) AND opened_at >= $3 AND opened_at < $4 AND error_fingerprint IS NOT NULL
GROUP BY workspace_id, error_fingerprint
