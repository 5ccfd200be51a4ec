-- How many executions were opened by key, over stretches of days: each begins at one of these days, the first of them all
-- before the first page. Nothing that pages hold beside has to be read, and a day is no row of its own.
SELECT page.workspace_id, min(page.day), page.key, sum(page.opened)::bigint
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = $2
  AND page.day BETWEEN $3 AND $4
GROUP BY page.workspace_id, page.key, width_bucket(page.day, $5::date[])
