DELETE FROM analytics.user_day_made
WHERE workspace_id = $1 AND day < $2
