-- The first day of which there are pages.
SELECT min(page.day)
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = 0
