-- What waits for a number, from its index, and what waits for compaction. The ages are by the server's clock, like the
-- time of a delta; that of an entry is by the clock of who stored it.
SELECT
  COALESCE((SELECT position FROM analytics.feed_position WHERE shard = $1), 0),
  unnumbered.entries, unnumbered.age,
  pending.deltas, pending.age
FROM (
  SELECT
    count(*) AS entries,
    COALESCE(GREATEST(0, EXTRACT(EPOCH FROM now() - min(committed_at))), 0)::float8 AS age
  FROM analytics.feed
  WHERE first_position IS NULL
) AS unnumbered
CROSS JOIN (
  SELECT
    count(*) AS deltas,
    COALESCE(GREATEST(0, EXTRACT(EPOCH FROM now() - min(appended_at))), 0)::float8 AS age
  FROM analytics.partial_delta
) AS pending
