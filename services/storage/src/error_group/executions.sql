-- The latest executions of a group in a time.
SELECT
  e.execution_id, e.opened_at, e.ended_at, e.outcome, e.agent_id, a.name, e.agent_version, e.model, e.user_id,
  e.credits_micro, e.error_message
FROM analytics.execution AS e
LEFT JOIN analytics.agent AS a ON a.workspace_id = e.workspace_id AND a.agent_id = e.agent_id
WHERE e.workspace_id = $1 AND e.error_fingerprint = $2
  AND e.opened_at >= $3 AND e.opened_at < $4
ORDER BY e.opened_at DESC, e.execution_id DESC
LIMIT $5
