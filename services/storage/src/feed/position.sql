-- What was trimmed were the lowest positions: what is kept begins after `oldest`.
SELECT end_of_feed.position, end_of_feed.trimmed
FROM analytics.feed_position AS end_of_feed
WHERE end_of_feed.shard = $1
