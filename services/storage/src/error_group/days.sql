-- What errors amount to on the whole UTC days of a time that summaries cover.
SELECT summary.workspace_id, summary.day, summary.errors
FROM analytics.error_day AS summary
WHERE summary.workspace_id = ANY ($1::uuid[])
  AND summary.day BETWEEN $2 AND $3
  AND NOT EXISTS (
    SELECT FROM unnest($4::uuid[], $5::date[]) AS uncovered (workspace_id, day)
    WHERE uncovered.workspace_id = summary.workspace_id AND uncovered.day = summary.day
  )
