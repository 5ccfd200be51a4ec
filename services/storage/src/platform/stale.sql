-- Days that are over, have pages, and were never merged or not since a page of theirs changed: those first that were never
-- merged, the latest of them first, then those that were not merged for longest. Whether a page has changed takes a sum over
-- all workspaces, so that it is asked of late days, and of some earlier ones at random: in turns that a clock gives, a run
-- that is as slow as a turn is long would never ask some of them.
WITH RECURSIVE days AS (
  (
    SELECT counted.day
    FROM analytics.page_version AS counted
    WHERE counted.day < $1
    ORDER BY counted.day DESC
    LIMIT 1
  )
  UNION ALL
  -- From day to day by the index, however many workspaces have pages of it.
  SELECT (
    SELECT counted.day
    FROM analytics.page_version AS counted
    WHERE counted.day < days.day
    ORDER BY counted.day DESC
    LIMIT 1
  )
  FROM days
  WHERE days.day IS NOT NULL
),
asked AS (
  SELECT days.day, folded.version, folded.folded_at
  FROM days
  LEFT JOIN analytics.platform_day AS folded ON folded.day = days.day
  WHERE days.day IS NOT NULL
    AND (
      folded.day IS NULL
      OR (
        folded.folded_at < $2
        AND (days.day >= $4 OR random() * $5::integer < 1)
      )
    )
)
SELECT asked.day, count(*) OVER ()
FROM asked
WHERE asked.version IS NULL
  OR asked.version <> (
    SELECT sum(counted.version) FROM analytics.page_version AS counted WHERE counted.day = asked.day
  )
ORDER BY asked.folded_at NULLS FIRST, asked.day DESC
LIMIT $3
