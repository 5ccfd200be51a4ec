-- How many users were active on so many of the 30 local days that end before $2, in zone $3.
WITH active AS (
  SELECT e.user_id, (e.opened_at AT TIME ZONE $3::text)::date AS day
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[]) AND e.trigger = 1 AND e.user_id IS NOT NULL
  UNION
  SELECT a.user_id, (a.occurred_at AT TIME ZONE $3::text)::date
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[]) AND a.type <> 5
),
month AS (
  SELECT user_id, count(*) AS days
  FROM active
  WHERE day < ($2::text::timestamptz AT TIME ZONE $3)::date
    AND day >= ($2::text::timestamptz AT TIME ZONE $3)::date - 30
  GROUP BY user_id
)
SELECT (SELECT count(*) FROM month WHERE days = number) AS users
FROM generate_series(1, 30) AS number
ORDER BY number
