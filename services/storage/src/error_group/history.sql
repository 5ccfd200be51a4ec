-- What was said of a group, the latest first.
SELECT s.state, s.changed_at, s.changed_by, COALESCE(said.name, person.name), s.note
FROM analytics.error_group_state AS s
LEFT JOIN analytics.app_user AS person ON person.user_id = s.changed_by
-- What the workspace itself calls the person comes first.
LEFT JOIN analytics.workspace_user AS said
  ON said.workspace_id = s.workspace_id AND said.user_id = s.changed_by
WHERE s.workspace_id = $1 AND s.error_fingerprint = $2
ORDER BY s.number DESC
LIMIT $3
