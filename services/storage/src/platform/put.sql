INSERT INTO analytics.platform_page (dimension, day, key, whole_day, quarters)
SELECT $1, $2, page.key, page.whole_day, page.quarters
FROM unnest($3::text[], $4::bytea[], $5::bytea[]) AS page (key, whole_day, quarters)
