-- What was consumed by local day of the end, and in all. Nothing here runs for a day, so that what ended in the range was
-- opened a day before it at most. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
SELECT
  coalesce('day ' || (ended_at AT TIME ZONE $5)::date, 'range') AS key,
  coalesce(sum(credits_micro), 0)::bigint AS consumed
FROM analytics.execution
WHERE workspace_id = ANY ($1) AND opened_at >= $3 - interval '1 day' AND opened_at < $4
  AND ended_at >= $3 AND ended_at < $4
GROUP BY GROUPING SETS (((ended_at AT TIME ZONE $5)::date), ())
