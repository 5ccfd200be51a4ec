-- Members of workspaces, each with the number that stands for the person in sets of users, where it has one yet.
SELECT m.workspace_id, m.user_id, COALESCE(said.name, u.name), m.role, o.ordinal
FROM analytics.membership AS m
JOIN analytics.app_user AS u ON u.user_id = m.user_id
-- What the workspace itself calls the person comes first.
LEFT JOIN analytics.workspace_user AS said ON said.workspace_id = m.workspace_id AND said.user_id = m.user_id
LEFT JOIN analytics.ordinal AS o
  ON o.kind = 2 AND o.space = '00000000-0000-0000-0000-000000000000' AND o.id = m.user_id
WHERE m.workspace_id = ANY ($1::uuid[])
ORDER BY m.workspace_id, COALESCE(said.name, u.name, m.user_id), m.user_id
