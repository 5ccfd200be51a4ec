-- Positions that are given away before what they are for is committed.
UPDATE analytics.feed_position SET position = position + $2 WHERE shard = $1 RETURNING position - $2
