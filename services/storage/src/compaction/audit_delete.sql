DELETE FROM analytics.partial_page AS page
USING unnest($2::smallint[], $3::date[], $4::text[]) AS wrong (dimension, day, key)
WHERE page.workspace_id = $1
  AND page.dimension = wrong.dimension AND page.day = wrong.day AND page.key = wrong.key
