SELECT position FROM analytics.feed_position WHERE shard = $1 FOR UPDATE SKIP LOCKED
