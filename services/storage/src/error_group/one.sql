-- One group as it is, from its first occurrence to its last, and what was last said of it.
SELECT
  last.workspace_id, last.error_fingerprint,
  first.opened_at, last.opened_at, last.error_kind, last.error_message,
  current.state, current.changed_at, current.changed_by, COALESCE(said.name, person.name), current.note,
  COALESCE(current.number, 0)
FROM (
  SELECT e.workspace_id, e.error_fingerprint, e.opened_at, e.error_kind, e.error_message
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1 AND e.error_fingerprint = $2
  ORDER BY e.opened_at DESC
  LIMIT 1
) AS last
CROSS JOIN (
  SELECT e.opened_at
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1 AND e.error_fingerprint = $2
  ORDER BY e.opened_at
  LIMIT 1
) AS first
LEFT JOIN (
  SELECT s.number, s.state, s.changed_at, s.changed_by, s.note
  FROM analytics.error_group_state AS s
  WHERE s.workspace_id = $1 AND s.error_fingerprint = $2
  ORDER BY s.number DESC
  LIMIT 1
) AS current ON true
LEFT JOIN analytics.app_user AS person ON person.user_id = current.changed_by
-- What the workspace itself calls the person comes first.
LEFT JOIN analytics.workspace_user AS said
  ON said.workspace_id = last.workspace_id AND said.user_id = current.changed_by
