-- How executions flow: opened and ended by local day, the fullest minutes, and the hours of the week. Nothing here runs
-- for a day, so that what ended in the range was opened a day before it at most. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
WITH fact AS (
  SELECT opened_at, ended_at, outcome
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at >= $3 - interval '1 day' AND opened_at < $4
),
opened AS (
  SELECT date_trunc('minute', opened_at) AS minute, count(*) AS opened
  FROM fact
  WHERE opened_at >= $3
  GROUP BY 1
),
ended AS (
  SELECT date_trunc('minute', ended_at) AS minute, count(*) AS ended, count(*) FILTER (WHERE outcome IN (2, 4)) AS failed
  FROM fact
  WHERE ended_at >= $3 AND ended_at < $4
  GROUP BY 1
),
flow AS (
  SELECT
    (minute AT TIME ZONE $5)::date AS day,
    sum(opened)::bigint AS opened, sum(ended)::bigint AS ended, sum(failed)::bigint AS failed
  FROM opened
  FULL JOIN ended USING (minute)
  GROUP BY 1
)
SELECT 'day ' || day AS key, opened, coalesce(ended, 0) AS ended, coalesce(failed, 0) AS failed, NULL::bigint AS executions
FROM flow
UNION ALL
SELECT 'peak', (SELECT max(opened) FROM opened), (SELECT max(ended) FROM ended), NULL, NULL
UNION ALL
SELECT
  'hour ' || extract(isodow FROM opened_at AT TIME ZONE $5) || ' ' || extract(hour FROM opened_at AT TIME ZONE $5),
  NULL, NULL, NULL, count(*)
FROM fact
WHERE opened_at >= $3
GROUP BY 1
