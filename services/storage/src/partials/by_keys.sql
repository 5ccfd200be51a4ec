SELECT page.workspace_id, page.day, page.key, page.whole_day,
  CASE WHEN $6 OR page.day = ANY ($7::date[]) THEN page.quarters END
FROM analytics.partial_page AS page
WHERE page.workspace_id = ANY ($1::uuid[])
  AND page.dimension = $2
  AND page.day BETWEEN $3 AND $4
  AND page.key = ANY ($5::text[])
