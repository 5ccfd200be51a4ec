UPDATE analytics.feed_position SET position = $2 WHERE shard = $1
