-- Activities of the range, in the order of their key.
SELECT a.workspace_id, a.occurred_at, a.event_id, a.user_id, a.type, a.session_id, a.name, a.path, a.device
FROM analytics.activity AS a
WHERE a.workspace_id = $1
  AND a.occurred_at >= $2 AND a.occurred_at < $3
  AND (a.occurred_at, a.event_id) > ($4, $5)
ORDER BY a.occurred_at, a.event_id
LIMIT $6
