-- Trailing distinct users at each local day from $2 to $3 in zone $4, of workspaces $1. A day that is not over ends at $3.
WITH day AS (
  SELECT date::date AS date
  FROM generate_series(
    ($2::text::timestamptz AT TIME ZONE $4::text)::date::timestamp,
    (($3::text::timestamptz - interval '1 microsecond') AT TIME ZONE $4::text)::date::timestamp,
    interval '1 day') AS date
),
active AS (
  SELECT e.user_id, (e.opened_at AT TIME ZONE $4::text)::date AS date
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[]) AND e.trigger = 1 AND e.user_id IS NOT NULL AND e.opened_at < $3::text::timestamptz
  UNION
  SELECT a.user_id, (a.occurred_at AT TIME ZONE $4::text)::date AS date
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[]) AND a.type <> 5 AND a.occurred_at < $3::text::timestamptz
)
SELECT (extract(epoch FROM day.date::timestamp AT TIME ZONE $4::text) * 1000000)::bigint AS day,
       count(DISTINCT active.user_id) FILTER (WHERE active.date = day.date) AS dau,
       count(DISTINCT active.user_id) FILTER (WHERE active.date > day.date - 7) AS wau,
       count(DISTINCT active.user_id) AS mau,
       -- Pairs of user and day are the daily counts of 30 days, added up.
       count(active.user_id)::float8 / 30 / nullif(count(DISTINCT active.user_id), 0) AS stickiness
FROM day
LEFT JOIN active ON active.date > day.date - 30 AND active.date <= day.date
GROUP BY day.date
ORDER BY day.date
