-- Users by plain SQL over facts: of workspaces $1 from $2 to $3, days in zone $4.
WITH active AS (
  SELECT e.user_id, e.opened_at AS at, e.outcome, e.credits_micro, true AS ran
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[]) AND e.trigger = 1 AND e.user_id IS NOT NULL
  UNION ALL
  SELECT a.user_id, a.occurred_at, NULL, NULL, false
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[]) AND a.type <> 5
),
ever AS (
  SELECT user_id,
    (extract(epoch FROM date_trunc('day', min(at) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'))::bigint AS first_day,
    (extract(epoch FROM date_trunc('day', max(at) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'))::bigint AS last_day
  FROM active
  GROUP BY user_id
),
standing AS (
  SELECT
    user_id,
    (extract(epoch FROM max(at)) * 1000000)::bigint AS last_seen,
    count(DISTINCT (at AT TIME ZONE $4::text)::date) AS active_days,
    count(*) FILTER (WHERE ran) AS runs,
    count(*) FILTER (WHERE outcome = 1) AS completed,
    count(*) FILTER (WHERE outcome = 2) AS failed,
    count(*) FILTER (WHERE outcome = 3) AS cancelled,
    count(*) FILTER (WHERE outcome = 4) AS timed_out,
    count(*) FILTER (WHERE outcome = 5) AS unknown,
    count(*) FILTER (WHERE ran AND outcome IS NULL) AS open,
    sum(credits_micro)::bigint AS credits_micro,
    count(*) FILTER (WHERE NOT ran) AS activities
  FROM active
  WHERE at >= $2::text::timestamptz AND at < $3::text::timestamptz
  GROUP BY user_id
)
SELECT standing.*, ever.first_day, ever.last_day,
  completed::float8 / nullif(completed + failed + timed_out, 0) AS success_rate
FROM standing
JOIN ever USING (user_id)
ORDER BY user_id COLLATE "C"
