-- Days of a workspace, at random, whose summaries are of the pages that there are now.
SELECT made.day
FROM analytics.user_day_made AS made
JOIN analytics.page_version AS counted
  ON counted.workspace_id = made.workspace_id AND counted.day = made.day AND counted.version = made.version
WHERE made.workspace_id = $1 AND made.definition = $2
ORDER BY random()
LIMIT $3
