-- Who came back, by plain SQL over facts: cohorts of workspaces $1 by interval ('day', 'week' or 'month', $5) of zone $4,
-- from $2 to $3. Events that begin: 'active', 'run', 'activity', or 'agent' for runs of agent-0 ($6).
WITH active AS (
  SELECT e.user_id, date_trunc($5::text, e.opened_at AT TIME ZONE $4::text) AS at, e.agent_id, 'run' AS what
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[]) AND e.trigger = 1 AND e.user_id IS NOT NULL
  UNION ALL
  SELECT a.user_id, date_trunc($5::text, a.occurred_at AT TIME ZONE $4::text), NULL, 'activity'
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[]) AND a.type <> 5
),
first AS (
  SELECT user_id, min(at) AS at
  FROM active
  WHERE CASE $6::text WHEN 'active' THEN true WHEN 'agent' THEN agent_id = 'agent-0' ELSE what = $6 END
  GROUP BY user_id
),
-- The intervals of the range, numbered from 0.
interval AS (
  SELECT at, (row_number() OVER (ORDER BY at) - 1)::integer AS number
  FROM generate_series(
    date_trunc($5, $2::text::timestamptz AT TIME ZONE $4),
    ($3::text::timestamptz - interval '1 microsecond') AT TIME ZONE $4,
    ('1 ' || $5)::interval) AS at
),
seen AS (
  SELECT user_id, array_agg(DISTINCT number) AS numbers, max(number) AS last
  FROM active
  JOIN interval USING (at)
  GROUP BY user_id
),
cohort AS (
  SELECT first.user_id, interval.number, seen.numbers, seen.last
  FROM first
  JOIN interval USING (at)
  JOIN seen USING (user_id)
)
SELECT
  begun.number AS cohort,
  later.number - begun.number AS n,
  count(cohort.user_id) AS users,
  count(*) FILTER (WHERE later.number = ANY (cohort.numbers)) AS exact,
  count(*) FILTER (WHERE cohort.last >= later.number) AS on_or_after,
  count(*) FILTER (WHERE cohort.numbers @> ARRAY(SELECT generate_series(begun.number + 1, later.number))) AS streak
FROM interval AS begun
JOIN interval AS later ON later.number >= begun.number
LEFT JOIN cohort ON cohort.number = begun.number
GROUP BY begun.number, later.number
ORDER BY begun.number, later.number
