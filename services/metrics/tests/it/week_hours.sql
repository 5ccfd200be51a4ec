-- Hours of the week on the clocks of zone $4 from $2 to $3: how many there are, and the executions of workspaces $1 that
-- were opened in them, with their success rate.
WITH clock AS (
  SELECT extract(isodow FROM at AT TIME ZONE $4::text)::integer AS weekday,
         extract(hour FROM at AT TIME ZONE $4::text)::integer AS hour,
         count(*) AS hours
  FROM generate_series($2::text::timestamptz, $3::text::timestamptz - interval '1 hour', interval '1 hour') AS at
  GROUP BY 1, 2
),
counted AS (
  SELECT extract(isodow FROM e.opened_at AT TIME ZONE $4::text)::integer AS weekday,
         extract(hour FROM e.opened_at AT TIME ZONE $4::text)::integer AS hour,
         count(*) AS executions,
         count(*) FILTER (WHERE e.outcome = 1)::float8
           / nullif(count(*) FILTER (WHERE e.outcome IN (1, 2, 4)), 0) AS success_rate
  FROM analytics.execution AS e
  WHERE e.workspace_id::text = ANY ($1)
    AND e.opened_at >= $2::text::timestamptz AND e.opened_at < $3::text::timestamptz
  GROUP BY 1, 2
)
SELECT weekday, hour, hours, coalesce(executions, 0) AS executions, success_rate
FROM clock
LEFT JOIN counted USING (weekday, hour)
ORDER BY weekday, hour
