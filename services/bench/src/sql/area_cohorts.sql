-- Who came back, by local day: of those who were active for the first time on a day of the range, how many were active
-- n days later. $1 workspaces, $2 the start of the compared period, $3 the start of the range, where that period ends, $4 the end of
-- the range, $5 the zone.
WITH active AS (
  -- Who was active on which day, each once; who was there before is no newcomer.
  SELECT DISTINCT user_id, (opened_at AT TIME ZONE $5)::date AS day
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND opened_at < $4 AND trigger = 1 AND user_id IS NOT NULL
  UNION
  SELECT user_id, (occurred_at AT TIME ZONE $5)::date
  FROM analytics.activity
  WHERE workspace_id = ANY ($1) AND occurred_at < $4 AND type <> 5
),
first AS (
  SELECT user_id, min(day) AS day FROM active GROUP BY user_id
)
SELECT
  (first.day - ($3 AT TIME ZONE $5)::date) || '+' || (active.day - first.day) AS key,
  count(*) AS users
FROM first
JOIN active USING (user_id)
WHERE first.day >= ($3 AT TIME ZONE $5)::date
GROUP BY first.day, active.day
