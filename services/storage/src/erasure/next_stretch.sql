-- The next workspace, since when it is not swept, and until when its next stretch goes: up to the row after so many
-- executions or so many activities, NULL where no more are left. Where so many are of one microsecond, they are one stretch.
SELECT
  next.workspace_id,
  next.since,
  CASE WHEN beyond.at <= next.since THEN next.since + interval '1 microsecond' ELSE beyond.at END
FROM (
  SELECT workspace_id, CASE WHEN workspace_id = $2 THEN $3 END AS since
  FROM analytics.workspace
  WHERE workspace_id > COALESCE($1, '00000000-0000-0000-0000-000000000000')
  ORDER BY workspace_id
  LIMIT 1
) AS next,
LATERAL (
  SELECT LEAST(
    (
      SELECT e.opened_at
      FROM analytics.execution AS e
      WHERE e.workspace_id = next.workspace_id AND e.opened_at >= COALESCE(next.since, '-infinity')
      ORDER BY e.opened_at
      OFFSET $4
      LIMIT 1
    ),
    (
      SELECT a.occurred_at
      FROM analytics.activity AS a
      WHERE a.workspace_id = next.workspace_id AND a.occurred_at >= COALESCE(next.since, '-infinity')
      ORDER BY a.occurred_at
      OFFSET $4
      LIMIT 1
    )
  ) AS at
) AS beyond
