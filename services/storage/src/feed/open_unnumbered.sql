-- What is committed and has no position yet: it is in the partials, and comes after the end of the feed.
SELECT workspace_id, sum(open_change)::bigint
FROM analytics.feed
WHERE first_position IS NULL
  AND feed_id > $1
  AND open_change IS NOT NULL
GROUP BY workspace_id
