-- Two periods side by side. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
WITH fact AS (
  SELECT
    opened_at >= $3 AS current, outcome, credits_micro,
    CASE WHEN outcome = 1 THEN duration_micros END       AS completed_micros,
    CASE WHEN cost_currency = 'USD' THEN cost_micros END AS cost
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $4
),
measured AS (
  SELECT
    current, count(*) AS executions,
    count(*) FILTER (WHERE outcome = 1) AS completed,
    count(*) FILTER (WHERE outcome IN (1, 2, 4)) AS judged,
    sum(credits_micro)::bigint AS credits, sum(cost)::bigint AS cost,
    array_agg(completed_micros ORDER BY completed_micros)
      FILTER (WHERE completed_micros IS NOT NULL) AS sorted
  FROM fact
  GROUP BY current
)
SELECT
  CASE WHEN current THEN 'range' ELSE 'previous' END AS key,
  executions, completed::float8 / nullif(judged, 0) AS success_rate, credits, cost,
  sorted[1 + floor(0.95 * (cardinality(sorted) - 1))::int] AS duration_p95
FROM measured
