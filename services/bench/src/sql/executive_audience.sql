-- Distinct active users of 1, 7 and 30 days that end with each local day of the range and of the period before it.
-- $1 workspaces, $2 the first day asked about, $3 the last one, $4 the zone.
WITH active AS (
  -- Who was active on which day, from 29 days before the first one on.
  SELECT DISTINCT (opened_at AT TIME ZONE $4)::date AS day, user_id
  FROM analytics.execution
  WHERE workspace_id = ANY ($1)
    AND trigger = 1
    AND user_id IS NOT NULL
    AND opened_at >= ($2::date - 29)::timestamp AT TIME ZONE $4
    AND opened_at < ($3::date + 1)::timestamp AT TIME ZONE $4
  UNION
  SELECT (occurred_at AT TIME ZONE $4)::date, user_id
  FROM analytics.activity
  WHERE workspace_id = ANY ($1)
    AND type <> 5
    AND occurred_at >= ($2::date - 29)::timestamp AT TIME ZONE $4
    AND occurred_at < ($3::date + 1)::timestamp AT TIME ZONE $4
)
SELECT
  asked.day::date,
  count(DISTINCT user_id) FILTER (WHERE active.day = asked.day)             AS dau,
  count(DISTINCT user_id) FILTER (WHERE active.day > asked.day::date - 7)   AS wau,
  count(DISTINCT user_id)                                                   AS mau,
  count(user_id)::float8 / 30 / nullif(count(DISTINCT user_id), 0)          AS stickiness
FROM generate_series($2::date, $3::date, interval '1 day') AS asked (day)
LEFT JOIN active ON active.day > asked.day::date - 30 AND active.day <= asked.day::date
GROUP BY asked.day
