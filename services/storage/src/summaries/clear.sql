WITH errors AS (
  DELETE FROM analytics.error_day
  WHERE workspace_id = $1 AND day = $2
)
DELETE FROM analytics.user_day
WHERE workspace_id = $1 AND day = $2
