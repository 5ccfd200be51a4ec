UPDATE analytics.feed_position SET trimmed = GREATEST(trimmed, $2) WHERE shard = $1
