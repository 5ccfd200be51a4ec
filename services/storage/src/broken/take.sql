-- The lease that is none: whoever asks has it.
SELECT position FROM analytics.feed_position WHERE shard = $1
