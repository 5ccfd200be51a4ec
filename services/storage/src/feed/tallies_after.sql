SELECT
  first_position + cardinality(execution_id) - 1, workspace_id, numbered_at,
  open_change, opened, started, ended, failed, credits_micro, users
FROM analytics.feed
WHERE first_position > $1
ORDER BY first_position
LIMIT $2
