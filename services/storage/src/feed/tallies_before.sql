-- The latest come first, so that whoever wants those of the last minute can stop at the first older one.
SELECT
  first_position - 1, workspace_id, numbered_at,
  open_change, opened, started, ended, failed, credits_micro, users
FROM analytics.feed
WHERE first_position <= $1
ORDER BY first_position DESC
LIMIT $2
