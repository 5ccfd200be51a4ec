-- Workspaces with summaries of days before a time.
SELECT DISTINCT workspace_id
FROM analytics.user_day_made
WHERE day < $1
ORDER BY workspace_id
LIMIT $2
