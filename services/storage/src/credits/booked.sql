-- What was booked before a day, and what was ever booked and ever consumed; what waits to be compacted is not in it.
SELECT
  COALESCE(sum(page.booked_micro) FILTER (WHERE page.day < $2), 0)::text,
  COALESCE(sum(page.booked_micro), 0)::text,
  COALESCE(sum(page.credits_micro), 0)::text
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = 0
