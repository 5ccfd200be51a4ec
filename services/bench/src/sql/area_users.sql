-- The list of users: what each ran and did in the range. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
WITH active AS (
  SELECT user_id, opened_at AS at, outcome, credits_micro, true AS ran
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $3 AND opened_at < $4 AND trigger = 1 AND user_id IS NOT NULL
  UNION ALL
  SELECT user_id, occurred_at, NULL, NULL, false
  FROM analytics.activity
  WHERE workspace_id = ANY ($1) AND occurred_at >= $3 AND occurred_at < $4 AND type <> 5
)
SELECT
  user_id AS key,
  count(DISTINCT (at AT TIME ZONE $5)::date)  AS active_days,
  count(*) FILTER (WHERE ran)                 AS runs,
  count(*) FILTER (WHERE outcome = 1)         AS completed,
  count(*) FILTER (WHERE outcome = 2)         AS failed,
  count(*) FILTER (WHERE outcome = 4)         AS timed_out,
  sum(credits_micro)::bigint                  AS credits,
  count(*) FILTER (WHERE NOT ran)             AS activities
FROM active
GROUP BY user_id
