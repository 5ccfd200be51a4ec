-- Days whose pages of the platform are what those of the workspaces amount to in this state: no page of theirs has changed
-- since they were merged. Versions are added up day by day, by the index: to join days with sums is planned, once the
-- statement is prepared for any range, as if a range were a few days, and then adds all of them up again for each.
SELECT folded.day
FROM analytics.platform_day AS folded
WHERE folded.day BETWEEN $1 AND $2
  AND folded.version = (
    SELECT sum(counted.version) FROM analytics.page_version AS counted WHERE counted.day = folded.day
  )
