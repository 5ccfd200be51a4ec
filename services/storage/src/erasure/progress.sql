-- Notes how far an erasure has come.
UPDATE analytics.erasure
SET swept_workspace = $4, executions = executions + $5, activities = activities + $6
WHERE workspace_id = $1 AND occurred_at = $2 AND event_id = $3
