-- The oldest entries, up to the first that is to be kept.
WITH oldest AS (
  SELECT workspace_id, feed_id
  FROM analytics.feed
  WHERE first_position < (
      SELECT COALESCE(min(kept.first_position), 9223372036854775807)
      FROM analytics.feed AS kept
      WHERE kept.committed_at >= $1
    )
  ORDER BY first_position
  LIMIT $2
)
DELETE FROM analytics.feed
USING oldest
WHERE feed.workspace_id = oldest.workspace_id AND feed.feed_id = oldest.feed_id
RETURNING feed.first_position + cardinality(feed.execution_id) - 1
