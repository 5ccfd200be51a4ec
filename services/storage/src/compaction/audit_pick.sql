-- A day at random of each of some workspaces at random, among the days that have pages and facts and are over.
SELECT picked.workspace_id, page.day
FROM (
  SELECT workspace_id
  FROM analytics.workspace
  WHERE last_event_at IS NOT NULL
  ORDER BY random()
  LIMIT $2
) AS picked
CROSS JOIN LATERAL (
  SELECT day
  FROM analytics.partial_page
  WHERE workspace_id = picked.workspace_id AND dimension = 0 AND key = '' AND day < $1
    AND day >= COALESCE((SELECT gone_before AT TIME ZONE 'UTC' FROM analytics.retention)::date, '-infinity')
  ORDER BY random()
  LIMIT 1
) AS page
