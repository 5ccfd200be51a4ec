-- What some groups are, whatever time is asked about, and what was last said of each.
SELECT
  kept.workspace_id, kept.error_fingerprint,
  first.opened_at, last.opened_at, last.error_kind, last.error_message,
  current.state, current.changed_at, current.changed_by, COALESCE(said.name, person.name), current.note
FROM unnest($1::uuid[], $2::uuid[]) AS kept (workspace_id, error_fingerprint)
-- Each by one look into the index, from either end.
CROSS JOIN LATERAL (
  SELECT e.opened_at
  FROM analytics.execution AS e
  WHERE e.workspace_id = kept.workspace_id AND e.error_fingerprint = kept.error_fingerprint
  ORDER BY e.opened_at
  LIMIT 1
) AS first
CROSS JOIN LATERAL (
  SELECT e.opened_at, e.error_kind, e.error_message
  FROM analytics.execution AS e
  WHERE e.workspace_id = kept.workspace_id AND e.error_fingerprint = kept.error_fingerprint
  ORDER BY e.opened_at DESC
  LIMIT 1
) AS last
LEFT JOIN LATERAL (
  SELECT s.state, s.changed_at, s.changed_by, s.note
  FROM analytics.error_group_state AS s
  WHERE s.workspace_id = kept.workspace_id AND s.error_fingerprint = kept.error_fingerprint
  ORDER BY s.number DESC
  LIMIT 1
) AS current ON true
LEFT JOIN analytics.app_user AS person ON person.user_id = current.changed_by
-- What the workspace itself calls the person comes first.
LEFT JOIN analytics.workspace_user AS said
  ON said.workspace_id = kept.workspace_id AND said.user_id = current.changed_by
