-- The eight most used models of the range and all others, by local day and in total, for the range and for the period
-- before it. Parameters as in executive_overview.sql.
WITH fact AS (
  SELECT
    opened_at >= $3                            AS current,
    (opened_at AT TIME ZONE $5)::date          AS day,
    model, outcome, input_tokens, output_tokens,
    CASE WHEN cost_currency = 'USD' THEN cost_micros END AS cost
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $4 AND outcome IS NOT NULL
),
top AS (
  SELECT model, true AS kept
  FROM fact
  WHERE current
  GROUP BY model
  ORDER BY count(*) DESC, model
  LIMIT 8
)
SELECT
  current, day,
  CASE WHEN kept THEN model END                      AS model,
  count(*)                                           AS executions_ended,
  count(*) FILTER (WHERE outcome = 1)::float8 / nullif(count(*) FILTER (WHERE outcome IN (1, 2, 4)), 0)
                                                     AS success_rate,
  (coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0))::bigint AS total_tokens,
  sum(cost)::bigint                                  AS cost
FROM fact
LEFT JOIN top USING (model)
GROUP BY GROUPING SETS ((current, CASE WHEN kept THEN model END), (current, CASE WHEN kept THEN model END, day))
