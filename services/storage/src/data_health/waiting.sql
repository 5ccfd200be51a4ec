-- What of some workspaces waits for compaction, and what for its position in the feed, each with the age of the oldest by
-- the server's clock; that of an entry of the feed is by the clock of who stored it.
SELECT deltas.count, COALESCE(deltas.age, 0), entries.count, COALESCE(entries.age, 0)
FROM (
  SELECT count(*), GREATEST(0, EXTRACT(EPOCH FROM now() - min(appended_at)))::float8 AS age
  FROM analytics.partial_delta
  WHERE $1 OR workspace_id = ANY ($2::uuid[])
) AS deltas
CROSS JOIN (
  SELECT count(*), GREATEST(0, EXTRACT(EPOCH FROM now() - min(committed_at)))::float8 AS age
  FROM analytics.feed
  WHERE first_position IS NULL AND ($1 OR workspace_id = ANY ($2::uuid[]))
) AS entries
