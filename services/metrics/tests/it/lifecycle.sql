-- New, returning, resurrecting and dormant users of each interval, by plain SQL over facts; parameters as in retention.sql.
WITH active AS (
  SELECT e.user_id, date_trunc($5::text, e.opened_at AT TIME ZONE $4::text) AS at
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[]) AND e.trigger = 1 AND e.user_id IS NOT NULL
  UNION
  SELECT a.user_id, date_trunc($5::text, a.occurred_at AT TIME ZONE $4::text)
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[]) AND a.type <> 5
),
interval AS (
  SELECT at
  FROM generate_series(
    date_trunc($5, $2::text::timestamptz AT TIME ZONE $4),
    ($3::text::timestamptz - interval '1 microsecond') AT TIME ZONE $4,
    ('1 ' || $5)::interval) AS at
),
known AS (
  SELECT interval.at, one.user_id,
    bool_or(one.at = interval.at) AS now,
    bool_or(one.at = interval.at - ('1 ' || $5)::interval) AS last,
    bool_or(one.at < interval.at) AS before
  FROM interval
  JOIN active AS one ON one.at <= interval.at
  GROUP BY interval.at, one.user_id
)
SELECT
  count(*) FILTER (WHERE now) AS active,
  count(*) FILTER (WHERE now AND NOT before) AS new,
  count(*) FILTER (WHERE now AND last) AS returning,
  count(*) FILTER (WHERE now AND before AND NOT last) AS resurrecting,
  count(*) FILTER (WHERE last AND NOT now) AS dormant
FROM interval
LEFT JOIN known USING (at)
GROUP BY interval.at
ORDER BY interval.at
