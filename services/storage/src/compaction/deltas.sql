SELECT delta_id, last_event_at, cells
FROM analytics.partial_delta
WHERE workspace_id = $1
ORDER BY delta_id
LIMIT $2
