SELECT page.dimension, page.day, page.key, page.whole_day, page.quarters
FROM unnest($2::smallint[], $3::date[], $4::text[]) AS wanted (dimension, day, key)
JOIN analytics.partial_page AS page
  ON page.workspace_id = $1
  AND page.dimension = wanted.dimension AND page.day = wanted.day AND page.key = wanted.key
