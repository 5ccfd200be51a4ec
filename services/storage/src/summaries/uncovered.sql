-- Of some days those of which facts have to be read: no summary of theirs is of the pages that there are now, something of
-- theirs waits to be compacted, or facts of theirs are being deleted. Days that were never counted have no facts.
SELECT counted.workspace_id, counted.day
FROM analytics.page_version AS counted
LEFT JOIN analytics.user_day_made AS made
  ON made.workspace_id = counted.workspace_id AND made.day = counted.day
  AND made.day BETWEEN $2 AND $3
  AND made.version = counted.version AND made.definition = $4
WHERE counted.workspace_id = ANY ($1::uuid[])
  AND counted.day BETWEEN $2 AND $3
  AND (
    made.day IS NULL
    OR counted.day < (SELECT (gone_before AT TIME ZONE 'UTC')::date FROM analytics.retention)
  )
UNION
SELECT delta.workspace_id, touched.day::date
FROM analytics.partial_delta AS delta
CROSS JOIN LATERAL generate_series(
  GREATEST(date_trunc('day', delta.first_quarter AT TIME ZONE 'UTC'), $2::date::timestamp),
  LEAST(delta.last_quarter AT TIME ZONE 'UTC', $3::date::timestamp),
  interval '1 day'
) AS touched (day)
WHERE delta.workspace_id = ANY ($1::uuid[])
