-- Notes how far an erasure has come, with what was done.
UPDATE analytics.erasure
SET swept_workspace = $4, sweeping = $5, swept_until = $6, executions = executions + $7, activities = activities + $8
WHERE workspace_id = $1 AND occurred_at = $2 AND event_id = $3
