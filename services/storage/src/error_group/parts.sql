-- What a group hit in a time: by agent and version, and by model. The largest first.
SELECT
  (GROUPING(e.model) = 0),
  e.agent_id, a.name, e.agent_version, e.model,
  count(*),
  count(DISTINCT e.user_id),
  (sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)))::text
FROM analytics.execution AS e
LEFT JOIN analytics.agent AS a ON a.workspace_id = e.workspace_id AND a.agent_id = e.agent_id
WHERE e.workspace_id = $1 AND e.error_fingerprint = $2
  AND e.opened_at >= $3 AND e.opened_at < $4
GROUP BY GROUPING SETS ((e.agent_id, a.name, e.agent_version), (e.model))
ORDER BY 6 DESC, e.agent_id, e.agent_version, e.model
LIMIT $5
