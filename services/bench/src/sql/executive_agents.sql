-- The eight busiest agents of the range and all others, by local day and in total, for the range and for the period
-- before it. Parameters as in executive_overview.sql.
WITH fact AS (
  SELECT
    opened_at >= $3                            AS current,
    (opened_at AT TIME ZONE $5)::date          AS day,
    workspace_id, agent_id, outcome,
    CASE WHEN outcome = 1 THEN duration_micros END AS completed_micros,
    credits_micro,
    CASE WHEN cost_currency = 'USD' THEN cost_micros END AS cost
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $4
),
top AS (
  SELECT workspace_id, agent_id, true AS kept
  FROM fact
  WHERE current
  GROUP BY workspace_id, agent_id
  ORDER BY count(*) DESC, agent_id
  LIMIT 8
),
measured AS (
  SELECT
    current, day,
    CASE WHEN kept THEN agent_id END     AS agent,
    CASE WHEN kept THEN workspace_id END AS workspace,
    count(*)                             AS executions,
    count(*) FILTER (WHERE outcome = 1)  AS completed,
    count(*) FILTER (WHERE outcome IN (1, 2, 4)) AS judged,
    sum(credits_micro)::bigint           AS credits,
    sum(cost)::bigint                    AS cost,
    array_agg(completed_micros ORDER BY completed_micros)
      FILTER (WHERE completed_micros IS NOT NULL) AS sorted
  FROM fact
  LEFT JOIN top USING (workspace_id, agent_id)
  GROUP BY GROUPING SETS (
    (current, CASE WHEN kept THEN agent_id END, CASE WHEN kept THEN workspace_id END),
    (current, CASE WHEN kept THEN agent_id END, CASE WHEN kept THEN workspace_id END, day)
  )
)
SELECT
  current, day, agent, workspace::text, executions, completed::float8 / nullif(judged, 0) AS success_rate,
  sorted[1 + floor(0.95 * (cardinality(sorted) - 1))::int] AS duration_p95, credits, cost
FROM measured
