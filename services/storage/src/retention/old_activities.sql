-- Workspaces with activities of before a time.
SELECT tenant.workspace_id
FROM analytics.workspace AS tenant
WHERE EXISTS (
  SELECT FROM analytics.activity AS a
  WHERE a.workspace_id = tenant.workspace_id AND a.occurred_at < $1
)
ORDER BY tenant.workspace_id
LIMIT $2
