-- What is committed and has no position. Of two changes of one execution the earlier was committed before the later
-- could be made, so it is seen whenever the later is, and has the lower feed_id.
WITH waiting AS (
  SELECT workspace_id, feed_id, cardinality(execution_id) AS changes
  FROM analytics.feed
  WHERE first_position IS NULL
  ORDER BY feed_id
  LIMIT $2
),
-- The first and the last position of each.
numbered AS (
  SELECT
    workspace_id, feed_id,
    $1 + sum(changes) OVER earlier - changes + 1 AS first_position,
    $1 + sum(changes) OVER earlier AS last_position
  FROM waiting
  WINDOW earlier AS (ORDER BY feed_id)
)
UPDATE analytics.feed
SET first_position = numbered.first_position,
    -- One relay works at a time, so of two numberings the later has the later time.
    numbered_at = statement_timestamp()
FROM numbered
WHERE feed.workspace_id = numbered.workspace_id AND feed.feed_id = numbered.feed_id
RETURNING numbered.last_position
