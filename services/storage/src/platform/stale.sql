-- Days that are over, have pages, and were never merged or not since a page of theirs changed: those first that were never
-- merged, the latest of them first, then those that were not merged for longest.
WITH counted AS (
  SELECT day, sum(version)::bigint AS version
  FROM analytics.page_version
  WHERE day < $1
  GROUP BY day
)
SELECT counted.day, count(*) OVER ()
FROM counted
LEFT JOIN analytics.platform_day AS folded ON folded.day = counted.day
WHERE folded.day IS NULL OR (folded.version <> counted.version AND folded.folded_at < $2)
ORDER BY folded.folded_at NULLS FIRST, counted.day DESC
LIMIT $3
