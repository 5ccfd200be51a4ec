-- What the directory has of workspaces, and the latest event of each: what is not compacted yet may be later than what is.
SELECT
  w.workspace_id,
  COALESCE(w.name, w.workspace_id::text),
  w.zone,
  GREATEST(w.last_event_at, waiting.last_event_at),
  (
    SELECT count(*)
    FROM analytics.agent AS a
    WHERE a.workspace_id = w.workspace_id AND a.deleted_at IS NULL
  )
FROM analytics.workspace AS w
LEFT JOIN LATERAL (
  SELECT max(d.last_event_at) AS last_event_at
  FROM analytics.partial_delta AS d
  WHERE d.workspace_id = w.workspace_id
) AS waiting ON true
WHERE w.workspace_id = ANY ($1::uuid[]) AND w.deleted_at IS NULL
ORDER BY w.workspace_id
