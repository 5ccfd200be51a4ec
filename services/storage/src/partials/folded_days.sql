-- Days whose pages of the platform are what those of the workspaces amount to in this state: no page of theirs has changed
-- since they were merged.
WITH counted AS (
  SELECT day, sum(version) AS version
  FROM analytics.page_version
  WHERE day BETWEEN $1 AND $2
  GROUP BY day
)
SELECT folded.day
FROM analytics.platform_day AS folded
JOIN counted ON counted.day = folded.day AND counted.version = folded.version
WHERE folded.day BETWEEN $1 AND $2
