-- Which agents waste most credits, in the range and in the period before. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
SELECT
  CASE WHEN opened_at >= $3 THEN '' ELSE 'previous ' END || workspace_id || '/' || agent_id AS key,
  count(*) AS executions,
  coalesce(sum(credits_micro) FILTER (WHERE outcome IN (2, 4)), 0)::bigint AS wasted_credits
FROM analytics.execution
WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $4
GROUP BY workspace_id, agent_id, opened_at >= $3
