-- Versions of agent $4 of workspace $1 from $2 to $3: how many executions completed (x) of those that completed, failed
-- or timed out (n), and the two bounds of Newcombe's interval of the difference from the version with the largest n, by
-- the squares of the distances to Wilson's bounds.
WITH counted AS (
  SELECT coalesce(e.agent_version, '') AS version,
         count(*) AS executions,
         count(*) FILTER (WHERE e.outcome = 1)::float8 AS x,
         count(*) FILTER (WHERE e.outcome IN (1, 2, 4))::float8 AS n,
         1.959963984540054::float8 AS z
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1::text::uuid AND e.agent_id = $4::text
    AND e.opened_at >= $2::text::timestamptz AND e.opened_at < $3::text::timestamptz
  GROUP BY 1
),
bounded AS (
  SELECT *,
         x / n AS p,
         (x + z * z / 2 - z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS low,
         (x + z * z / 2 + z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS high
  FROM counted
  WHERE n > 0
),
baseline AS (
  SELECT * FROM bounded ORDER BY n DESC, executions DESC, version COLLATE "C" LIMIT 1
)
SELECT mine.version, mine.executions, mine.version = base.version AS is_baseline,
       mine.p - base.p AS difference,
       mine.p - base.p - sqrt((mine.p - mine.low) ^ 2 + (base.high - base.p) ^ 2) AS low,
       mine.p - base.p + sqrt((mine.high - mine.p) ^ 2 + (base.p - base.low) ^ 2) AS high
FROM bounded AS mine CROSS JOIN baseline AS base
