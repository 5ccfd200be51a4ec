-- The latest that a user asked for in some times.
SELECT e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.outcome
FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (start, finish)
JOIN analytics.execution AS e
  ON e.opened_at >= span.start AND e.opened_at < span.finish
WHERE e.workspace_id = ANY ($1::uuid[])
  AND e.trigger = 1
  AND e.user_id = $4
ORDER BY e.opened_at DESC, e.workspace_id DESC, e.execution_id DESC
LIMIT $5
