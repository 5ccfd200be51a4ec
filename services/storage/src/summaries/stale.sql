-- Days of workspaces that are over, have pages, and were never summed up or not since a page of theirs changed: late days
-- first. Late days are all asked, and of earlier ones some at random: of each day asked all workspaces are.
WITH asked AS MATERIALIZED (
  SELECT earlier.day::date AS day
  FROM generate_series(
    GREATEST(
      (SELECT min(counted.day) FROM analytics.page_version AS counted),
      -- Of days whose facts are gone, no summary can be made.
      (SELECT (gone_before AT TIME ZONE 'UTC')::date FROM analytics.retention)
    )::timestamp,
    $1::date::timestamp - interval '1 day',
    interval '1 day'
  ) AS earlier (day)
  WHERE earlier.day >= $4::date OR random() * $5::integer < 1
)
SELECT counted.workspace_id, counted.day, count(*) OVER ()
FROM analytics.page_version AS counted
LEFT JOIN analytics.user_day_made AS made
  ON made.workspace_id = counted.workspace_id AND made.day = counted.day
-- As a list, for the planner takes it to be short, which it is where there is much to read past.
WHERE counted.day = ANY (ARRAY(SELECT asked.day FROM asked))
  AND (
    made.day IS NULL
    OR (made.made_at < $2 AND (made.version <> counted.version OR made.definition <> $6))
  )
  -- Behind the one that was seen last, where one was.
  AND ($7::date IS NULL OR counted.day < $7 OR (counted.day = $7 AND counted.workspace_id > $8::uuid))
ORDER BY counted.day DESC, counted.workspace_id
LIMIT $3
