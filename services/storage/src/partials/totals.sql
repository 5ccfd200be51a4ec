-- Sums of days fit the column's type far longer than anybody keeps them; numeric would come back as text.
SELECT
  page.key,
  sum(page.opened)::bigint,
  sum(page.ended)::bigint,
  sum(page.completed)::bigint,
  sum(page.failed)::bigint,
  sum(page.timed_out)::bigint,
  LEAST(sum(page.credits_micro), 9223372036854775807)::bigint
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = $2
  AND page.day BETWEEN $3 AND $4
  AND starts_with(page.key, $5)
GROUP BY page.key
ORDER BY page.key
