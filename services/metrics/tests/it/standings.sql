-- Wilson's 95 % interval of each agent's success rate, and the agent's rank by its lower bound: $1 workspaces, $2 start,
-- $3 end. The form of the textbook, over counts and not over shares.
WITH judged AS (
  SELECT e.workspace_id || '/' || e.agent_id AS name,
         count(*) FILTER (WHERE e.outcome = 1)::float8 AS x,
         count(*)::float8 AS n,
         1.959963984540054::float8 AS z
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[])
    AND e.opened_at >= $2::text::timestamptz AND e.opened_at < $3::text::timestamptz
    AND e.outcome IN (1, 2, 4)
  GROUP BY 1
)
SELECT name,
       (x + z * z / 2 - z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS low,
       (x + z * z / 2 + z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS high,
       -- Bounds of the same counts are the same bound, however they are rounded.
       rank() OVER (ORDER BY ((x + z * z / 2 - z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z)) DESC) AS rank
FROM judged
