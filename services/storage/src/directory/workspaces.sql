SELECT listed.workspace_id, listed.shown, listed.zone, listed.last_event_at
FROM (
  -- What has no name is shown, searched and sorted by its id.
  SELECT workspace_id, COALESCE(name, workspace_id::text) AS shown, zone, last_event_at
  FROM analytics.workspace
  WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND deleted_at IS NULL
) AS listed
WHERE position(lower($3) IN lower(listed.shown)) > 0
  AND ($4::text IS NULL OR (listed.shown, listed.workspace_id) > ($4, $5))
ORDER BY listed.shown, listed.workspace_id
LIMIT $6
