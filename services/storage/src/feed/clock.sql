-- The time is that of the transaction's beginning: whatever was numbered and committed before it is visible here.
SELECT now(), end_of_feed.position, end_of_feed.trimmed
FROM analytics.feed_position AS end_of_feed
WHERE end_of_feed.shard = $1
