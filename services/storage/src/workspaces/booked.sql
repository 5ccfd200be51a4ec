-- What was booked before a day, by workspace; what waits to be compacted is not in it.
SELECT page.workspace_id, sum(page.booked_micro)::text
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = 0
  AND page.day < $2
GROUP BY page.workspace_id
