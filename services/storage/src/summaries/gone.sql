-- Workspaces with summaries of days before a time; also where a version before has left some of them.
SELECT workspace_id
FROM analytics.user_day_made
WHERE day < $1
UNION
SELECT workspace_id
FROM analytics.error_day
WHERE day < $1
ORDER BY workspace_id
LIMIT $2
