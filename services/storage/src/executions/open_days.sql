-- Days of which pages say that something is open, the earliest first, each with its quarter-hours and with how many are
-- open on all days. No index on open executions is needed, which would make every end of an execution dearer.
SELECT
  page.workspace_id, page.quarters,
  (sum(page.opened - page.ended) OVER ())::bigint
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = $2
  AND page.opened > page.ended
ORDER BY page.day, page.workspace_id
LIMIT $3
