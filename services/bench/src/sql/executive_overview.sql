-- The overview of the executive page, by local day and in total, for the range and for the period before it.
-- $1 workspaces, $2 the compared period's start, $3 the range's start (where that period ends), $4 the range's end,
-- $5 the zone.
WITH fact AS (
  -- One pass over both periods.
  SELECT
    opened_at >= $3                       AS current,
    (opened_at AT TIME ZONE $5)::date     AS day,
    outcome,
    -- What is counted in distinct values gets one column each.
    CASE WHEN trigger = 1 THEN user_id END AS active_user,
    workspace_id::text || agent_id         AS agent,
    CASE WHEN outcome = 1 THEN duration_micros END AS completed_micros,
    input_tokens, output_tokens, credits_micro,
    CASE WHEN cost_currency = 'USD' THEN cost_micros END AS cost
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $4
),
audience AS (
  -- Who ran an execution or did something, each once a day: whoever does much is not counted over and over.
  SELECT DISTINCT current, day, active_user FROM fact WHERE active_user IS NOT NULL
  UNION
  SELECT occurred_at >= $3, (occurred_at AT TIME ZONE $5)::date, user_id
  FROM analytics.activity
  WHERE workspace_id = ANY ($1) AND occurred_at >= $2 AND occurred_at < $4 AND type <> 5
),
audiences AS (
  SELECT current, day, count(DISTINCT active_user) AS active_users
  FROM audience
  GROUP BY GROUPING SETS ((current), (current, day))
),
measured AS (
  SELECT
    current, day,
    count(*)                                            AS executions,
    count(*) FILTER (WHERE outcome = 1)                 AS completed,
    count(*) FILTER (WHERE outcome = 2)                 AS failed,
    count(*) FILTER (WHERE outcome = 4)                 AS timed_out,
    count(*) FILTER (WHERE outcome = 3)                 AS cancelled,
    count(*) FILTER (WHERE outcome = 5)                 AS unknown_outcome,
    count(*) FILTER (WHERE outcome IS NULL)             AS open_executions,
    count(DISTINCT agent)                               AS active_agents,
    sum(input_tokens)::bigint                           AS input_tokens,
    sum(output_tokens)::bigint                          AS output_tokens,
    sum(credits_micro)::bigint                          AS credits,
    (sum(credits_micro) FILTER (WHERE outcome IN (2, 4)))::bigint AS wasted_credits,
    sum(cost)::bigint                                   AS cost,
    -- Nearest rank needs the sorted values: percentile_disc has another rank rule.
    array_agg(completed_micros ORDER BY completed_micros)
      FILTER (WHERE completed_micros IS NOT NULL)       AS sorted
  FROM fact
  GROUP BY GROUPING SETS ((current), (current, day))
)
SELECT
  coalesce(current, audience_current) AS current,
  CASE WHEN current IS NULL THEN audience_day ELSE day END AS day,
  executions, completed, failed, timed_out, cancelled, unknown_outcome, open_executions,
  coalesce(active_users, 0) AS active_users,
  active_agents, input_tokens, output_tokens, credits, wasted_credits, cost,
  sorted[1 + floor(0.50 * (cardinality(sorted) - 1))::int] AS duration_p50,
  sorted[1 + floor(0.95 * (cardinality(sorted) - 1))::int] AS duration_p95
FROM measured
-- On some days of a small workspace people come and nothing runs. The total has no day.
FULL JOIN (SELECT current AS audience_current, day AS audience_day, active_users FROM audiences) AS of_all
  ON audience_current = current AND coalesce(audience_day, 'infinity') = coalesce(day, 'infinity')
