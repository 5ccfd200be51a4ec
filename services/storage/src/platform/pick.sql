-- Some days at random of those that are merged, as far as they are served.
SELECT folded.day
FROM (
  SELECT day, version
  FROM analytics.platform_day
  ORDER BY random()
  LIMIT $1
) AS folded
WHERE folded.version = (
  SELECT sum(counted.version) FROM analytics.page_version AS counted WHERE counted.day = folded.day
)
ORDER BY folded.day
