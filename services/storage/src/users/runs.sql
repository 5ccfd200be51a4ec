-- What a user asked for in some times, by day, agent and outcome. Days are numbered by their edges.
SELECT
  width_bucket(e.opened_at, $5::timestamptz[]) AS day,
  e.workspace_id,
  e.agent_id,
  e.outcome,
  count(*),
  CASE WHEN count(e.credits_micro) > 0 THEN LEAST(sum(e.credits_micro), 9223372036854775807)::bigint END AS credits_micro,
  max(e.opened_at)
FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (start, finish)
JOIN analytics.execution AS e
  ON e.opened_at >= span.start AND e.opened_at < span.finish
WHERE e.workspace_id = ANY ($1::uuid[])
  AND e.trigger = 1
  AND e.user_id = $4
GROUP BY day, e.workspace_id, e.agent_id, e.outcome
ORDER BY day, e.workspace_id, e.agent_id, e.outcome
