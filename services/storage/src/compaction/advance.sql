UPDATE analytics.workspace
SET last_event_at = GREATEST(last_event_at, $2)
WHERE workspace_id = $1
