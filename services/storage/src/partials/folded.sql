SELECT page.day, page.key, page.whole_day,
  CASE WHEN $5 OR page.day = ANY ($6::date[]) THEN page.quarters END
FROM analytics.platform_page AS page
WHERE page.dimension = $1
  AND page.day = ANY ($2::date[])
  AND ($3 OR page.key = ANY ($4::text[]))
